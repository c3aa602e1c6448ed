//! The committed prescriptions and PDFs are those that the generators write.

#[path = "../examples/make_pdf.rs"]
#[allow(dead_code)] // its `main` is the example's
mod make_pdf;

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

#[test]
fn the_committed_pdfs_are_the_generated_ones() {
    for (name, octets) in make_pdf::files() {
        let file = format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        assert!(std::fs::read(&file).unwrap() == octets, "{file}");
    }
}
