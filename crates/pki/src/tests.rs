mod certificate;
mod fixture;
mod ocsp;
mod path;
mod pkits;
mod revocation;
