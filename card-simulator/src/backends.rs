//! The backends that answer the applet's requests: PIN storage, file encryption, RSA.

use trussed::backend::{Backend as _, BackendId};
use trussed::platform::Platform;
use trussed::serde_extensions::{ExtensionDispatch, ExtensionId, ExtensionImpl};
use trussed::service::ServiceResources;
use trussed::types::Context;
use trussed_auth::AuthExtension;
use trussed_auth_backend::{AuthBackend, AuthContext, FilesystemLayout};
use trussed_chunked::ChunkedExtension;
use trussed_core::Error;
use trussed_core::api::{Reply, Request, reply, request};
use trussed_core::types::{Bytes, Location};
use trussed_hpke::HpkeExtension;
use trussed_rsa_alloc::SoftwareRsa;
use trussed_staging::{StagingBackend, StagingContext};
use trussed_wrap_key_to_file::WrapKeyToFileExtension;

/// The order in which a request is offered to the backends.
pub const ORDER: &[BackendId<Backend>] = &[
    BackendId::Custom(Backend::Staging),
    BackendId::Custom(Backend::Auth),
    BackendId::Custom(Backend::Rsa),
    BackendId::Core,
];

/// A backend beside the core's own.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Backend {
    /// PINs and their counters.
    Auth,
    /// RSA in software.
    Rsa,
    /// Chunked files, HPKE, wrapped keys.
    Staging,
}

/// A request family beyond the core's, by its number on the wire between client and service.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Extension {
    /// PINs and their counters.
    Auth,
    /// Files read and written in pieces.
    Chunked,
    /// Keys sealed to a public key.
    Hpke,
    /// Keys wrapped into a file.
    WrapKeyToFile,
}

impl From<Extension> for u8 {
    fn from(extension: Extension) -> u8 {
        match extension {
            Extension::Auth => 0,
            Extension::Chunked => 1,
            Extension::Hpke => 2,
            Extension::WrapKeyToFile => 3,
        }
    }
}

impl TryFrom<u8> for Extension {
    type Error = Error;

    fn try_from(number: u8) -> Result<Self, Error> {
        match number {
            0 => Ok(Self::Auth),
            1 => Ok(Self::Chunked),
            2 => Ok(Self::Hpke),
            3 => Ok(Self::WrapKeyToFile),
            _ => Err(Error::InternalError),
        }
    }
}

/// All backends of one card.
pub struct Backends {
    auth: AuthBackend,
    staging: StagingBackend,
}

/// What the backends remember for one client of the service.
#[derive(Default)]
pub struct BackendContexts {
    auth: AuthContext,
    staging: StagingContext,
}

impl Backends {
    /// Makes the backends; the constant stands for the device key that real hardware would hold,
    /// so PINs are not protected against someone who reads the card's files.
    pub fn new() -> Self {
        let mut device_key = Bytes::new();
        // A constant that is shorter than the capacity cannot fail to fit.
        let fits = device_key.extend_from_slice(DEVICE_KEY);
        debug_assert!(fits.is_ok());
        Self {
            auth: AuthBackend::with_hw_key(Location::Internal, device_key, FilesystemLayout::V0),
            staging: StagingBackend::new(),
        }
    }
}

impl Default for Backends {
    fn default() -> Self {
        Self::new()
    }
}

impl ExtensionDispatch for Backends {
    type BackendId = Backend;
    type Context = BackendContexts;
    type ExtensionId = Extension;

    fn core_request<P: Platform>(
        &mut self,
        backend: &Backend,
        context: &mut Context<BackendContexts>,
        request: &Request,
        resources: &mut ServiceResources<P>,
    ) -> Result<Reply, Error> {
        let Context { core, backends, .. } = context;
        match backend {
            Backend::Auth => self.auth.request(core, &mut backends.auth, request, resources),
            Backend::Rsa => SoftwareRsa.request(core, &mut (), request, resources),
            Backend::Staging => {
                self.staging.request(core, &mut backends.staging, request, resources)
            }
        }
    }

    fn extension_request<P: Platform>(
        &mut self,
        backend: &Backend,
        extension: &Extension,
        context: &mut Context<BackendContexts>,
        request: &request::SerdeExtension,
        resources: &mut ServiceResources<P>,
    ) -> Result<reply::SerdeExtension, Error> {
        let Context { core, backends, .. } = context;
        let staging = &mut backends.staging;
        match (backend, extension) {
            (Backend::Auth, Extension::Auth) => {
                self.auth.extension_request_serialized(core, &mut backends.auth, request, resources)
            }
            (Backend::Staging, Extension::Chunked) => {
                ExtensionImpl::<ChunkedExtension>::extension_request_serialized(
                    &mut self.staging,
                    core,
                    staging,
                    request,
                    resources,
                )
            }
            (Backend::Staging, Extension::Hpke) => {
                ExtensionImpl::<HpkeExtension>::extension_request_serialized(
                    &mut self.staging,
                    core,
                    staging,
                    request,
                    resources,
                )
            }
            (Backend::Staging, Extension::WrapKeyToFile) => {
                ExtensionImpl::<WrapKeyToFileExtension>::extension_request_serialized(
                    &mut self.staging,
                    core,
                    staging,
                    request,
                    resources,
                )
            }
            _ => Err(Error::RequestNotAvailable),
        }
    }
}

impl ExtensionId<AuthExtension> for Backends {
    type Id = Extension;
    const ID: Extension = Extension::Auth;
}

impl ExtensionId<ChunkedExtension> for Backends {
    type Id = Extension;
    const ID: Extension = Extension::Chunked;
}

impl ExtensionId<HpkeExtension> for Backends {
    type Id = Extension;
    const ID: Extension = Extension::Hpke;
}

impl ExtensionId<WrapKeyToFileExtension> for Backends {
    type Id = Extension;
    const ID: Extension = Extension::WrapKeyToFile;
}

const DEVICE_KEY: &[u8] = b"wardkey emulated card";
