//! Colours and sizes: calm, with one accent; light, dark, or of high contrast.

use eframe::egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Theme, Vec2, Visuals,
};

use super::preferences::{Colours, Motion, Preferences};

/// The colours of the window.
#[derive(Clone, Copy)]
pub struct Palette {
    /// The window's background.
    pub ground: Color32,
    /// Text.
    pub text: Color32,
    /// The accent of the main button and of focus.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Quiet text.
    pub quiet: Color32,
    /// The background of boxes.
    pub box_fill: Color32,
    /// The edge of boxes.
    pub edge: Color32,
    /// The edge of what can be operated.
    pub control: Color32,
    /// The background of a caution.
    pub caution_fill: Color32,
    /// The text of a caution.
    pub caution: Color32,
    /// The background of a danger.
    pub danger_fill: Color32,
    /// The text of a danger.
    pub danger: Color32,
}

/// The palette of some colours.
pub fn palette(colours: Colours) -> Palette {
    let rgb = |hex: u32| {
        let [_, red, green, blue] = hex.to_be_bytes();
        Color32::from_rgb(red, green, blue)
    };
    match colours {
        Colours::Dark => Palette {
            ground: rgb(0x19_20_27),
            text: rgb(0xf0_f0_f0),
            accent: rgb(0x6c_b0_f2),
            on_accent: rgb(0x08_17_26),
            quiet: rgb(0xa9_b6_c2),
            box_fill: rgb(0x24_2d_36),
            edge: rgb(0x3d_49_55),
            control: rgb(0x7d_8b_99),
            caution_fill: rgb(0x44_35_0c),
            caution: rgb(0xff_d9_7a),
            danger_fill: rgb(0x4a_1c_1c),
            danger: rgb(0xff_b3_ad),
        },
        Colours::HighContrast => Palette {
            ground: Color32::BLACK,
            text: Color32::WHITE,
            accent: rgb(0xff_e6_00),
            on_accent: Color32::BLACK,
            quiet: Color32::WHITE,
            box_fill: Color32::BLACK,
            edge: Color32::WHITE,
            control: Color32::WHITE,
            caution_fill: Color32::BLACK,
            caution: rgb(0xff_e6_00),
            danger_fill: Color32::BLACK,
            danger: rgb(0xff_a0_a0),
        },
        Colours::Light => Palette {
            ground: Color32::WHITE,
            text: rgb(0x14_14_14),
            accent: rgb(0x00_5a_a8),
            on_accent: Color32::WHITE,
            quiet: rgb(0x4c_5a_67),
            box_fill: rgb(0xf2_f5_f8),
            edge: rgb(0xcd_d6_de),
            control: rgb(0x76_84_91),
            caution_fill: rgb(0xff_f1_c9),
            caution: rgb(0x5c_41_00),
            danger_fill: rgb(0xfd_e4_e1),
            danger: rgb(0x8f_14_0b),
        },
    }
}

/// The colours in force.
pub fn colours(preferences: &Preferences, desktop: Theme) -> Colours {
    preferences.colours().unwrap_or(match desktop {
        Theme::Dark => Colours::Dark,
        Theme::Light => Colours::Light,
    })
}

/// Sets fonts, spacing and colours, for both themes.
pub fn apply(context: &Context, preferences: &Preferences) {
    // Where the system says nothing, as most clinical screens look.
    context.options_mut(|options| options.fallback_theme = Theme::Light);
    context.set_zoom_factor(preferences.zoom());
    for theme in [Theme::Light, Theme::Dark] {
        let colours = colours(preferences, theme);
        let palette = palette(colours);
        context.style_mut_of(theme, |style| {
            let text = |size| FontId::new(size, FontFamily::Proportional);
            style.text_styles = [
                (TextStyle::Heading, text(26.0)),
                (TextStyle::Body, text(15.5)),
                (TextStyle::Button, text(15.5)),
                (TextStyle::Small, text(13.0)),
                (TextStyle::Monospace, FontId::new(14.5, FontFamily::Monospace)),
            ]
            .into();
            style.spacing.item_spacing = Vec2::new(10.0, 8.0);
            style.spacing.button_padding = Vec2::new(18.0, 9.0);
            style.spacing.icon_width = 20.0;
            style.spacing.scroll.floating = false;
            if preferences.motion == Some(Motion::Reduced) {
                style.animation_time = 0.0;
                style.scroll_animation = eframe::egui::style::ScrollAnimation::none();
                style.visuals.text_cursor.blink = false;
            }
            let is_light = colours == Colours::Light;
            let mut visuals = if is_light { Visuals::light() } else { Visuals::dark() };
            visuals.text_cursor.blink = style.visuals.text_cursor.blink;
            visuals.override_text_color = Some(palette.text);
            visuals.panel_fill = palette.ground;
            visuals.extreme_bg_color = palette.ground;
            visuals.selection.bg_fill = palette.accent.gamma_multiply(0.35);
            visuals.selection.stroke = Stroke::new(2.5, palette.accent);
            let widgets = &mut visuals.widgets;
            for widget in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
                widget.corner_radius = CornerRadius::same(6);
                widget.bg_stroke = Stroke::new(1.0, palette.control);
                widget.bg_fill = palette.ground;
                widget.fg_stroke = Stroke::new(2.0, palette.text);
            }
            // Also of scroll bars.
            widgets.inactive.fg_stroke = Stroke::new(2.0, palette.quiet);
            widgets.hovered.bg_stroke = Stroke::new(1.5, palette.accent);
            // Also of what has the focus.
            widgets.active.bg_stroke = Stroke::new(2.5, palette.accent);
            widgets.inactive.weak_bg_fill = palette.box_fill;
            widgets.hovered.weak_bg_fill = palette.box_fill;
            widgets.active.weak_bg_fill = palette.box_fill;
            style.visuals = visuals;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2, section 1.4.3).
    fn luminance(colour: Color32) -> f32 {
        let [red, green, blue, _] = colour.to_array().map(|part| {
            let part = f32::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(one: Color32, other: Color32) -> f32 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_text_can_be_read() {
        for (colours, text, edge) in [
            (Colours::Dark, 4.5, 3.0),
            (Colours::HighContrast, 7.0, 7.0),
            (Colours::Light, 4.5, 3.0),
        ] {
            let p = palette(colours);
            for (name, on, colour) in [
                ("text", p.ground, p.text),
                ("text in a box", p.box_fill, p.text),
                ("quiet", p.ground, p.quiet),
                ("quiet in a box", p.box_fill, p.quiet),
                ("button", p.accent, p.on_accent),
                ("caution", p.caution_fill, p.caution),
                ("caution in a box", p.box_fill, p.caution),
                ("danger", p.danger_fill, p.danger),
            ] {
                let found = contrast(on, colour);
                assert!(found >= text, "{colours:?}: {name} {found}");
            }
            // Controls and focus (section 1.4.11).
            for colour in [p.control, p.accent] {
                assert!(contrast(p.ground, colour) >= edge, "{colours:?}");
            }
        }
    }
}
