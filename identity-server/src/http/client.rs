use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{limits::Limits, proxy::ProxySettings};

/// The address of who asks, behind any proxies that we know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// What [`admit`] goes by.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) proxies: Arc<ProxySettings>,
    pub(crate) limits: Arc<Limits>,
}

/// Finds out who asks, and turns away who asks too often.
pub(super) async fn admit(
    State(door): State<Door>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = door.proxies.client(peer.ip(), request.headers());
    if let Err(too_often) = door.limits.request(client) {
        metrics::counter!("wardkey_requests_refused_total").increment(1);
        let seconds = too_often.0.as_secs() + 1;
        let wait = [(header::RETRY_AFTER, seconds.to_string())];
        return (StatusCode::TOO_MANY_REQUESTS, wait, "too many requests").into_response();
    }
    request.extensions_mut().insert(ClientAddress(client));
    next.run(request).await
}
