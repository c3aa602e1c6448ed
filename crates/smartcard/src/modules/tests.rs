use std::collections::HashSet;

use super::*;

#[test]
fn places_are_absolute_and_named_once() {
    let modules = well_known_modules();
    assert!(modules.iter().all(|path| path.is_absolute()), "{modules:?}");
    assert_eq!(modules.iter().collect::<HashSet<_>>().len(), modules.len());
}

#[test]
fn a_soft_token_is_chosen_only_where_there_is_nothing_else() {
    let soft = |path: &PathBuf| path.to_string_lossy().contains("softhsm");
    let modules = well_known_modules();
    let first = modules.iter().position(soft).unwrap_or(modules.len());
    assert!(modules[first..].iter().all(soft), "{modules:?}");
}

#[test]
fn the_default_is_the_first_that_is_there() {
    let chosen = default_module();
    let before = well_known_modules().into_iter().take_while(|path| Some(path) != chosen.as_ref());
    assert!(before.into_iter().all(|path| !path.exists()));
    assert!(chosen.is_none_or(|path| path.exists()));
}
