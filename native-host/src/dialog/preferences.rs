//! How the window should look and speak.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use wardkey_desktop::Appearance;

use super::words::Language;

/// How the user, or the policy of this computer, wants the window. What is left open follows the
/// desktop.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct Preferences {
    /// The language of its words.
    #[arg(long)]
    pub language: Option<LanguageTag>,
    /// Its colours.
    #[arg(long)]
    pub colours: Option<Colours>,
    /// Whether anything moves.
    #[arg(long)]
    pub motion: Option<Motion>,
    /// How large everything is, 1 to 3 times the desktop's size.
    #[arg(long)]
    pub zoom: Option<f32>,
}

/// The colours of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Colours {
    /// Light on dark.
    Dark,
    /// White and yellow on black.
    HighContrast,
    /// Dark on light.
    Light,
}

/// Whether anything moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    /// What helps.
    Full,
    /// Nothing.
    Reduced,
}

/// The tag of a language that there is a table for, such as `cy`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct LanguageTag(String);

impl Preferences {
    /// How large everything is, within its bounds.
    #[must_use]
    pub fn zoom(&self) -> f32 {
        self.zoom.unwrap_or(1.0).clamp(1.0, MAX_ZOOM)
    }

    /// The arguments that say the same.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        use clap::ValueEnum as _;

        let named = |value: Option<clap::builder::PossibleValue>| {
            value.map(|value| value.get_name().to_owned())
        };
        let said = [
            ("--language", self.language.as_ref().map(ToString::to_string)),
            ("--colours", named(self.colours.and_then(|colours| colours.to_possible_value()))),
            ("--motion", named(self.motion.and_then(|motion| motion.to_possible_value()))),
            ("--zoom", self.zoom.map(|zoom| zoom.to_string())),
        ];
        let said = said.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?]));
        said.flatten().collect()
    }

    /// What is left open, as the desktop's users want it; where nothing is, it is not asked.
    #[must_use]
    pub fn following(self, desktop: impl FnOnce() -> Appearance) -> Self {
        if self.colours.is_some() && self.motion.is_some() {
            return self;
        }
        let desktop = desktop();
        let colours = match desktop {
            Appearance { high_contrast: true, .. } => Some(Colours::HighContrast),
            Appearance { dark, .. } => {
                dark.map(|dark| if dark { Colours::Dark } else { Colours::Light })
            }
        };
        let motion = desktop.reduced_motion.then_some(Motion::Reduced);
        Self { colours: self.colours.or(colours), motion: self.motion.or(motion), ..self }
    }

    /// The language, or that of the desktop.
    #[must_use]
    pub fn language(&self) -> &'static Language {
        let chosen = self.language.as_ref().and_then(|tag| Language::named(&tag.0));
        chosen.unwrap_or_else(|| Language::of_desktop(|name| std::env::var(name).ok()))
    }

    /// The colours that policy or the desktop asks for; `None`: light or dark as the desktop is.
    #[must_use]
    pub fn colours(&self) -> Option<Colours> {
        self.colours.or_else(|| {
            // GTK's own themes for it, and those of desktops after them.
            let theme = std::env::var("GTK_THEME").unwrap_or_default().to_ascii_lowercase();
            theme.replace(['-', '_'], "").contains("highcontrast").then_some(Colours::HighContrast)
        })
    }
}

impl TryFrom<String> for LanguageTag {
    type Error = String;

    fn try_from(tag: String) -> Result<Self, String> {
        tag.parse()
    }
}

impl std::str::FromStr for LanguageTag {
    type Err = String;

    fn from_str(tag: &str) -> Result<Self, String> {
        let language = Language::named(tag);
        let tag_of = |language: &Language| Self(language.tag().to_owned());
        language.map(tag_of).ok_or_else(|| format!("no texts in `{tag}`"))
    }
}

impl JsonSchema for LanguageTag {
    fn schema_name() -> Cow<'static, str> {
        "LanguageTag".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Language::tags() })
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const MAX_ZOOM: f32 = 3.0;

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        preferences: Preferences,
    }

    #[test]
    fn what_is_left_open_follows_the_desktop() {
        let desktop = Appearance { high_contrast: true, dark: Some(true), reduced_motion: true };
        let followed = Preferences::default().following(|| desktop);
        assert_eq!(followed.colours, Some(Colours::HighContrast));
        assert_eq!(followed.motion, Some(Motion::Reduced));
        let dark = |dark| Appearance { dark, ..Appearance::default() };
        let colours = |desktop| Preferences::default().following(|| desktop).colours;
        assert_eq!(colours(dark(Some(true))), Some(Colours::Dark));
        assert_eq!(colours(dark(Some(false))), Some(Colours::Light));
        assert_eq!(colours(dark(None)), None);
        // Policy, or the user, has said otherwise.
        let set = Preferences {
            colours: Some(Colours::Light),
            motion: Some(Motion::Full),
            ..Preferences::default()
        };
        assert_eq!(set.clone().following(|| unreachable!("nothing is open")), set);
    }

    #[test]
    fn the_arguments_say_the_same() {
        let preferences = Preferences {
            language: Some("cy".parse().unwrap()),
            colours: Some(Colours::HighContrast),
            motion: Some(Motion::Reduced),
            zoom: Some(2.0),
        };
        let arguments = [vec!["dialog".to_owned()], preferences.arguments()].concat();
        assert_eq!(Program::try_parse_from(arguments).unwrap().preferences, preferences);
        assert_eq!(Preferences::default().arguments(), Vec::<String>::new());
        assert!("xx".parse::<LanguageTag>().is_err());
    }
}
