//! Colours and sizes: calm, with one accent, in light and dark.

use eframe::egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Theme, Vec2, Visuals,
};

/// The colours that egui's own visuals do not name.
#[derive(Clone, Copy)]
pub struct Palette {
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
    /// The background of a caution.
    pub caution_fill: Color32,
    /// The text of a caution.
    pub caution: Color32,
    /// The background of a danger.
    pub danger_fill: Color32,
    /// The text of a danger.
    pub danger: Color32,
}

/// The palette of a theme.
pub fn palette(dark: bool) -> Palette {
    let rgb = Color32::from_rgb;
    if dark {
        Palette {
            accent: rgb(0x6c, 0xb0, 0xf2),
            on_accent: rgb(0x08, 0x17, 0x26),
            quiet: rgb(0xa9, 0xb6, 0xc2),
            box_fill: rgb(0x24, 0x2d, 0x36),
            edge: rgb(0x3d, 0x49, 0x55),
            caution_fill: rgb(0x44, 0x35, 0x0c),
            caution: rgb(0xff, 0xd9, 0x7a),
            danger_fill: rgb(0x4a, 0x1c, 0x1c),
            danger: rgb(0xff, 0xb3, 0xad),
        }
    } else {
        Palette {
            accent: rgb(0x00, 0x5a, 0xa8),
            on_accent: rgb(0xff, 0xff, 0xff),
            quiet: rgb(0x4c, 0x5a, 0x67),
            box_fill: rgb(0xf2, 0xf5, 0xf8),
            edge: rgb(0xcd, 0xd6, 0xde),
            caution_fill: rgb(0xff, 0xf1, 0xc9),
            caution: rgb(0x5c, 0x41, 0x00),
            danger_fill: rgb(0xfd, 0xe4, 0xe1),
            danger: rgb(0x8f, 0x14, 0x0b),
        }
    }
}

/// Sets fonts, spacing and colours, for both themes.
pub fn apply(context: &Context) {
    // Where the system says nothing, as most clinical screens look.
    context.options_mut(|options| options.fallback_theme = Theme::Light);
    for theme in [Theme::Light, Theme::Dark] {
        let dark = theme == Theme::Dark;
        let palette = palette(dark);
        context.style_mut_of(theme, |style| {
            let text = |size| FontId::new(size, FontFamily::Proportional);
            style.text_styles = [
                (TextStyle::Heading, text(24.0)),
                (TextStyle::Body, text(15.5)),
                (TextStyle::Button, text(15.5)),
                (TextStyle::Small, text(13.0)),
                (TextStyle::Monospace, FontId::new(14.5, FontFamily::Monospace)),
            ]
            .into();
            style.spacing.item_spacing = Vec2::new(10.0, 8.0);
            style.spacing.button_padding = Vec2::new(18.0, 9.0);
            style.spacing.icon_width = 20.0;
            let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
            let strong = if dark { Color32::from_gray(0xf0) } else { Color32::from_gray(0x14) };
            visuals.override_text_color = Some(strong);
            visuals.panel_fill =
                if dark { Color32::from_rgb(0x19, 0x20, 0x27) } else { Color32::WHITE };
            visuals.extreme_bg_color =
                if dark { Color32::from_rgb(0x10, 0x15, 0x1a) } else { Color32::WHITE };
            visuals.selection.bg_fill = palette.accent.gamma_multiply(0.35);
            visuals.selection.stroke = Stroke::new(2.0, palette.accent);
            let widgets = &mut visuals.widgets;
            for widget in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
                widget.corner_radius = CornerRadius::same(6);
                widget.bg_stroke = Stroke::new(1.0, palette.edge);
            }
            widgets.hovered.bg_stroke = Stroke::new(1.5, palette.accent);
            widgets.active.bg_stroke = Stroke::new(2.0, palette.accent);
            widgets.inactive.weak_bg_fill = palette.box_fill;
            style.visuals = visuals;
        });
    }
}
