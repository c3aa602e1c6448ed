mod certificate;
mod fixture;
mod path;
mod pkits;
mod revocation;
