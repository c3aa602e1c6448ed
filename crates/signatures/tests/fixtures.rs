//! The committed prescriptions are those that the generator writes.

#[path = "../examples/make_prescriptions.rs"]
#[allow(dead_code)] // its `main` is the example's
mod make_prescriptions;

#[test]
fn the_committed_prescriptions_are_the_generated_ones() {
    let messages = make_prescriptions::messages().unwrap();
    assert_eq!(messages.len(), 3);
    for (index, message) in messages.iter().enumerate() {
        let file =
            format!("{}/fixtures/prescription-{}.xml", env!("CARGO_MANIFEST_DIR"), index + 1);
        let committed = std::fs::read_to_string(&file).unwrap();
        assert_eq!(&committed, message, "{file}");
    }
}
