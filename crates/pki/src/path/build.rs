use crate::{Certificate, PathRequest};

/// The paths from the end entity (first) to an anchor (last), by names and key identifiers; no
/// signature is looked at. The number of paths and of steps is bounded.
pub(super) fn paths(request: &PathRequest) -> Vec<Vec<Certificate>> {
    if request.anchors.contains(&request.end_entity) {
        return vec![vec![request.end_entity.clone()]];
    }
    let mut search = Search { request, found: Vec::new(), steps: 0 };
    search.extend(&mut vec![request.end_entity.clone()]);
    search.found
}

struct Search<'a> {
    request: &'a PathRequest,
    found: Vec<Vec<Certificate>>,
    steps: usize,
}

impl Search<'_> {
    fn extend(&mut self, path: &mut Vec<Certificate>) {
        let Some(last) = path.last().cloned() else { return };
        for anchor in issuers(&last, &self.request.anchors) {
            if self.found.len() < MAX_PATHS {
                let with_anchor = path.iter().chain([anchor]).cloned();
                self.found.push(with_anchor.collect());
            }
        }
        if path.len() > MAX_INTERMEDIATES {
            return;
        }
        for issuer in issuers(&last, &self.request.intermediates) {
            self.steps += 1;
            if self.steps > MAX_STEPS || self.found.len() == MAX_PATHS {
                return;
            }
            // The same name and key twice would be a loop (RFC 4158, section 2.4.1).
            let seen = path
                .iter()
                .chain(&self.request.anchors)
                .any(|known| known.subject() == issuer.subject() && known.spki() == issuer.spki());
            if !seen {
                path.push(issuer.clone());
                self.extend(path);
                path.pop();
            }
        }
    }
}

/// Those of the candidates whose name is the certificate's issuer, the ones whose key identifier
/// fits first.
fn issuers<'a>(certificate: &Certificate, candidates: &'a [Certificate]) -> Vec<&'a Certificate> {
    let mut issuers: Vec<&Certificate> =
        candidates.iter().filter(|candidate| candidate.subject() == certificate.issuer()).collect();
    let fits =
        |issuer: &Certificate| match (certificate.authority_key_id(), issuer.subject_key_id()) {
            (Some(wanted), Some(own)) => wanted == own,
            _ => true,
        };
    issuers.sort_by_key(|issuer| !fits(issuer));
    issuers
}

/// The most certificates between the end entity and the anchor.
const MAX_INTERMEDIATES: usize = 8;
/// The most paths that are judged.
const MAX_PATHS: usize = 8;
/// The most intermediates that are tried over all paths.
const MAX_STEPS: usize = 128;
