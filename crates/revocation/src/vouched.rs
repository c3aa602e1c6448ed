use wardkey_pki::Certificate;

/// Of the certificates that come with a signature those that somebody known has issued, or one of
/// them has: for their lists one may go wherever they say, and for no others. The signatures are verified here.
#[must_use]
pub fn vouched_for<'a>(
    known: &[&'a Certificate],
    claimed: &'a [Certificate],
) -> Vec<&'a Certificate> {
    let mut known = known.to_vec();
    let begun = known.len();
    // The signer comes first, so that it may take several rounds until its authority is known.
    loop {
        let before = known.len();
        for one in claimed {
            let by = |authority: &&Certificate| {
                one.issuer() == authority.subject()
                    && one.obligation(authority).is_some_and(|obligation| obligation.discharge())
            };
            if !known.contains(&one) && known.iter().any(by) {
                known.push(one);
            }
        }
        if known.len() == before {
            return known.split_off(begun);
        }
    }
}
