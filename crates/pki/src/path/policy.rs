//! The policies that hold over a path: RFC 5280, sections 6.1.2 to 6.1.5, with the policy graph
//! of RFC 9618, which grows with the certificates instead of exponentially.

use std::collections::{BTreeMap, BTreeSet};

use const_oid::ObjectIdentifier;

use super::PathRequest;
use crate::{Certificate, PathError};

/// The policies that hold, of those required if any were.
pub(super) fn check(
    request: &PathRequest,
    path: &[Certificate],
) -> Result<Vec<ObjectIdentifier>, PathError> {
    let required: Policies = request.required_policies.iter().copied().collect();
    if let [anchor] = path {
        return of_anchor(request, anchor, &required);
    }
    let below_anchor = &path[..path.len() - 1];
    let mut state = State::new(request, below_anchor.len());
    for (at, certificate) in below_anchor.iter().enumerate().rev() {
        state.take(certificate, at == 0);
        if state.explicit == 0 && state.graph.is_none() {
            return Err(PathError::PolicyMissing);
        }
        if at > 0 {
            state
                .prepare(certificate)
                .map_err(|AnyPolicyMapped| PathError::PolicyMapping { at })?;
        }
    }
    state.explicit = state.explicit.saturating_sub(1);
    if path[0].policy_rules().require_explicit == Some(0) {
        state.explicit = 0;
    }
    let held = state.graph.map(|graph| graph.held(&required)).unwrap_or_default();
    if state.explicit == 0 && held.is_empty() {
        return Err(PathError::PolicyMissing);
    }
    Ok(held.into_iter().collect())
}

type Policies = BTreeSet<ObjectIdentifier>;

/// An end entity that is itself the anchor states its policies directly.
fn of_anchor(
    request: &PathRequest,
    anchor: &Certificate,
    required: &Policies,
) -> Result<Vec<ObjectIdentifier>, PathError> {
    let stated = anchor.policies().iter().copied();
    let held: Vec<_> = stated.filter(|oid| required.is_empty() || required.contains(oid)).collect();
    let wanted = request.explicit_policy || !required.is_empty();
    if wanted && held.is_empty() { Err(PathError::PolicyMissing) } else { Ok(held) }
}

struct State {
    /// `None` is the standard's NULL: no policy holds any more.
    graph: Option<Graph>,
    explicit: u32,
    inhibit_any: u32,
    mapping: u32,
}

struct AnyPolicyMapped;

impl State {
    fn new(request: &PathRequest, length: usize) -> Self {
        let beyond = u32::try_from(length + 1).unwrap_or(u32::MAX);
        let start = |now: bool| if now { 0 } else { beyond };
        Self {
            graph: Some(Graph::new()),
            explicit: start(request.explicit_policy || !request.required_policies.is_empty()),
            inhibit_any: start(request.inhibit_any_policy),
            mapping: start(request.inhibit_policy_mapping),
        }
    }

    /// Section 6.1.3 (d) and (e).
    fn take(&mut self, certificate: &Certificate, last: bool) {
        let Some(policies) = &certificate.policy_rules().policies else {
            self.graph = None;
            return;
        };
        let admit_any = self.inhibit_any > 0 || (!last && certificate.is_self_issued());
        if let Some(graph) = &mut self.graph
            && !graph.grow(policies, admit_any)
        {
            self.graph = None;
        }
    }

    /// Section 6.1.4 (a), (b), (h), (i) and (j).
    fn prepare(&mut self, certificate: &Certificate) -> Result<(), AnyPolicyMapped> {
        let rules = certificate.policy_rules();
        if rules.mappings.iter().any(|(from, to)| *from == ANY_POLICY || *to == ANY_POLICY) {
            return Err(AnyPolicyMapped);
        }
        if let Some(graph) = &mut self.graph
            && !graph.map(&rules.mappings, self.mapping > 0)
        {
            self.graph = None;
        }
        if !certificate.is_self_issued() {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.inhibit_any = self.inhibit_any.saturating_sub(1);
        }
        let lower = |counter: &mut u32, stated: Option<u32>| {
            *counter = stated.map_or(*counter, |stated| stated.min(*counter));
        };
        lower(&mut self.explicit, rules.require_explicit);
        lower(&mut self.mapping, rules.inhibit_mapping);
        lower(&mut self.inhibit_any, rules.inhibit_any);
        Ok(())
    }
}

/// The valid_policy_graph (RFC 9618, section 3.2): at each depth one node for a policy.
struct Graph(Vec<BTreeMap<ObjectIdentifier, Node>>);

#[derive(Default)]
struct Node {
    expected: Policies,
    /// The valid_policy of each parent, one depth up.
    parents: Policies,
}

impl Graph {
    fn new() -> Self {
        let node = Node { expected: [ANY_POLICY].into(), parents: Policies::new() };
        Self(vec![[(ANY_POLICY, node)].into()])
    }

    /// Adds a depth for a certificate with these policies. Whether any node is left.
    fn grow(&mut self, policies: &[ObjectIdentifier], admit_any: bool) -> bool {
        let Some(above) = self.0.last() else { return false };
        let expecting = |policy: &ObjectIdentifier| -> Policies {
            let nodes = above.iter().filter(|(_, node)| node.expected.contains(policy));
            nodes.map(|(valid, _)| *valid).collect()
        };
        let node = |policy, parents| Node { expected: [policy].into(), parents };
        let mut depth = BTreeMap::new();
        for policy in policies.iter().filter(|policy| **policy != ANY_POLICY) {
            let mut parents = expecting(policy);
            if parents.is_empty() && above.contains_key(&ANY_POLICY) {
                parents.insert(ANY_POLICY);
            }
            if !parents.is_empty() {
                depth.insert(*policy, node(*policy, parents));
            }
        }
        if admit_any && policies.contains(&ANY_POLICY) {
            let expected: Policies =
                above.values().flat_map(|node| node.expected.iter().copied()).collect();
            for policy in expected {
                depth.entry(policy).or_insert_with(|| node(policy, expecting(&policy)));
            }
        }
        self.0.push(depth);
        self.prune()
    }

    /// Applies a certificate's policy mappings to the newest depth. Whether any node is left.
    fn map(&mut self, mappings: &[(ObjectIdentifier, ObjectIdentifier)], allowed: bool) -> bool {
        let Some(depth) = self.0.last_mut() else { return false };
        let mut targets: BTreeMap<ObjectIdentifier, Policies> = BTreeMap::new();
        for (from, to) in mappings {
            targets.entry(*from).or_default().insert(*to);
        }
        for (from, to) in targets {
            if !allowed {
                depth.remove(&from);
            } else if let Some(node) = depth.get_mut(&from) {
                node.expected = to;
            } else if depth.contains_key(&ANY_POLICY) {
                depth.insert(from, Node { expected: to, parents: [ANY_POLICY].into() });
            }
        }
        self.prune()
    }

    /// Removes nodes above the newest depth that have no children. Whether any node is left.
    fn prune(&mut self) -> bool {
        for depth in (1..self.0.len()).rev() {
            let parents: Policies =
                self.0[depth].values().flat_map(|node| node.parents.iter().copied()).collect();
            self.0[depth - 1].retain(|policy, _| parents.contains(policy));
        }
        self.0.last().is_some_and(|depth| !depth.is_empty())
    }

    /// The user-constrained policy set (section 6.1.5 (g)); with none required, the
    /// authority-constrained one.
    fn held(&self, required: &Policies) -> Policies {
        let any_throughout = self.0.last().is_some_and(|depth| depth.contains_key(&ANY_POLICY));
        let below_top = self.0.iter().skip(1);
        let mut held: Policies = below_top
            .flatten()
            .filter(|(policy, node)| **policy != ANY_POLICY && node.parents.contains(&ANY_POLICY))
            .map(|(policy, _)| *policy)
            .collect();
        if required.is_empty() {
            if any_throughout {
                held.insert(ANY_POLICY);
            }
            return held;
        }
        if any_throughout {
            return required.clone();
        }
        held.retain(|policy| required.contains(policy));
        held
    }
}

/// anyPolicy (RFC 5280, section 4.2.1.4).
const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");
