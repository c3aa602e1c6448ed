//! Names of attributes: SDS's as published, and with the prefix `wardkey` our own, for what SDS
//! publishes no attribute of.

pub(super) const AREAS_OF_WORK: &str = "nhsAreaOfWork";
pub(super) const AREA_OF_WORK_CODES: &str = "nhsAreaOfWorkCodes";
pub(super) const ASSOCIATED_ORGANISATION: &str = "wardkeyAssociatedOrganisation";
pub(super) const BUSINESS_FUNCTIONS: &str = "nhsBusinessFunctions";
pub(super) const BUSINESS_FUNCTION_CODES: &str = "nhsBusinessFunctionsCodes";
pub(super) const CLOSE: &str = "nhsOrgCloseDate";
pub(super) const COMMON_NAME: &str = "cn";
pub(super) const CONSULTANT: &str = "nhsConsultant";
pub(super) const DISPLAY_NAME: &str = "displayName";
pub(super) const GDC: &str = "nhsGDC";
pub(super) const GDP: &str = "nhsGDP";
pub(super) const GIVEN_NAME: &str = "givenName";
pub(super) const GMC: &str = "nhsGMC";
pub(super) const GMP: &str = "nhsGMP";
pub(super) const GNC: &str = "wardkeyGNC";
pub(super) const GPHC: &str = "wardkeyGPhC";
pub(super) const ID: &str = "uniqueIdentifier";
pub(super) const ID_ASSURANCE_LEVEL: &str = "wardkeyIdAssuranceLevel";
pub(super) const INITIALS: &str = "initials";
pub(super) const JOB_ROLE: &str = "nhsJobRole";
pub(super) const JOB_ROLE_CODE: &str = "nhsJobRoleCode";
pub(super) const MAIL: &str = "mail";
pub(super) const MIDDLE_NAMES: &str = "nhsMiddleNames";
pub(super) const NMC: &str = "nhsNMC";
pub(super) const OBJECT_CLASS: &str = "objectClass";
pub(super) const OPEN: &str = "nhsOrgOpenDate";
pub(super) const ORGANISATION: &str = "o";
pub(super) const ORGANISATION_CODE: &str = "nhsIDCode";
/// Of CSV only: in a directory the place says it.
pub(super) const PERSON_ORG_ID: &str = "personOrgId";
pub(super) const PRACTITIONER_CODE: &str = "nhsOcsPrCode";
pub(super) const RCN: &str = "nhsRCN";
pub(super) const ROLE_CLOSE: &str = "wardkeyRoleCloseDate";
pub(super) const ROLE_OPEN: &str = "wardkeyRoleOpenDate";
pub(super) const STATUS: &str = "nhsPersonStatus";
pub(super) const SURNAME: &str = "sn";
pub(super) const TITLE: &str = "personalTitle";
pub(super) const UID: &str = "uid";
pub(super) const WORK_GROUPS: &str = "nhsWorkGroups";
pub(super) const WORK_GROUP_CODES: &str = "nhsWorkGroupsCodes";
