use super::*;

#[test]
fn a_watch_without_a_thread_tells_that_there_is_no_service() {
    let (sender, told) = mpsc::channel();
    // No system has room for such a stack.
    let builder = Builder::new().stack_size(1 << 62);
    let watch = ReaderWatch::start_by(builder, move |event| sender.send(event).unwrap());
    assert!(!watch.is_running());
    assert_eq!(told.recv().ok(), Some(ReaderEvent::ServiceMissing));
    assert!(told.recv().is_err(), "nothing more");
}
