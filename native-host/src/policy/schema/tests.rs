use super::*;

fn every_key(keys: &[Key], see: &mut impl FnMut(&Key)) {
    for key in keys {
        see(key);
        match &key.kind {
            Kind::Table(keys) => every_key(keys, see),
            kind => every_key(kind.of_tables().unwrap_or_default(), see),
        }
    }
}

#[test]
fn every_key_says_what_it_is_for_and_its_default_is_of_its_kind() {
    let mut count = 0;
    every_key(&keys(), &mut |key| {
        count += 1;
        assert!(key.about.ends_with('.'), "{}: {:?}", key.name, key.about);
        let Some(default) = &key.default else { return };
        assert!(!key.needed, "{}", key.name);
        let good = match &key.kind {
            Kind::Boolean => default.is_boolean(),
            Kind::Choice(choices) => choices.iter().any(|choice| *default == choice.name),
            Kind::Integer(least, most) => {
                default.as_u64().is_some_and(|default| (*least..=*most).contains(&default))
            }
            Kind::List(_) => default.is_array(),
            Kind::Number(..) => default.is_number(),
            Kind::Path | Kind::Text => default.is_string(),
            Kind::Table(_) => false,
        };
        assert!(good, "{}: {default}", key.name);
    });
    assert!(count > 40, "{count}");
}

#[test]
fn the_model_has_the_kinds_of_the_types() {
    let keys = keys();
    let key = |keys: &[Key], name: &str| keys.iter().find(|key| key.name == name).unwrap().clone();
    let server = key(&keys, "server");
    let server = server.kind.of_tables().unwrap();
    assert!(key(server, "url").needed && !key(server, "removal").needed);
    assert_eq!(key(server, "authority").kind, Kind::Path);
    assert_eq!(key(server, "signing_anchors").kind, Kind::List(Box::new(Kind::Path)));
    assert_eq!(key(server, "removal_grace_seconds").kind, Kind::Integer(0, 86_400));
    let Kind::Choice(effects) = key(server, "removal").kind else { panic!() };
    let effects: Vec<_> = effects.iter().map(|choice| choice.name.as_str()).collect();
    assert_eq!(effects, ["end", "ignore", "lock"]);
    assert_eq!(key(server, "removal").default, Some("end".into()));
    assert_eq!(key(server, "other_card").default, Some("suspend".into()));
    let Kind::Table(dialog) = key(&keys, "dialog").kind else { panic!() };
    assert_eq!(key(&dialog, "zoom").kind, Kind::Number(1.0, 3.0));
    let Kind::Choice(languages) = key(&dialog, "language").kind else { panic!() };
    assert!(languages.iter().any(|language| language.name == "cy"));
}

#[test]
fn no_table_of_the_schema_admits_other_keys() {
    let text = json().to_string();
    assert_eq!(
        text.matches("\"properties\"").count(),
        text.matches("\"additionalProperties\":false").count()
    );
    assert!(!text.contains("null"), "nobody can say null");
}
