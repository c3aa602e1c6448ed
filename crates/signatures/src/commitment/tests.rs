use super::*;

#[test]
fn each_commitment_is_what_the_standards_call_it() {
    let standard = [
        (Commitment::ProofOfOrigin, "Origin", "1"),
        (Commitment::ProofOfReceipt, "Receipt", "2"),
        (Commitment::ProofOfDelivery, "Delivery", "3"),
        (Commitment::ProofOfSender, "Sender", "4"),
        (Commitment::ProofOfApproval, "Approval", "5"),
        (Commitment::ProofOfCreation, "Creation", "6"),
    ];
    for (commitment, name, arc) in standard {
        let oid = ObjectIdentifier::new_unwrap(&format!("1.2.840.113549.1.9.16.6.{arc}"));
        let uri = format!("http://uri.etsi.org/01903/v1.2.2#ProofOf{name}");
        assert_eq!((commitment.oid(), commitment.uri()), (oid, uri.as_str()));
        assert_eq!(Commitment::from_oid(oid), Some(commitment));
        assert_eq!(Commitment::from_uri(&uri), Some(commitment));
        assert_eq!(commitment.as_str(), format!("proofOf{name}"));
    }
    assert_eq!(Commitment::from_oid(oid("1.2.840.113549.1.9.16.6.7")), None);
    assert_eq!(Commitment::from_uri("http://uri.etsi.org/01903/v1.2.2#ProofOfPayment"), None);
}
