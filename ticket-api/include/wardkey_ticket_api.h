/*
 * The Ticket API of Wardkey: the user's ticket for programs that are not browsers.
 * What each call does is in docs/ticket-api.md.
 *
 * Linux:   cc program.c -lwardkey_ticket_api
 * Windows: link with wardkey_ticket_api.dll, of 32 bits for a program of 32; run under Wine, not on
 *          Windows. The calls are C's own (__cdecl), as in the published declarations.
 */
#ifndef WARDKEY_TICKET_API_H
#define WARDKEY_TICKET_API_H

#include <stdint.h>

#if defined(_WIN32)
#define TCK_API_CALL __cdecl
#else
#define TCK_API_CALL
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* An instance; 0 is none. Any thread may use it. */
typedef long TCK_API_INSTANCE;

/* Connects to the agent, starting it where it does not run. 0: see _TcktApi_getLastError(0). */
TCK_API_INSTANCE TCK_API_CALL _TcktApi_Initialize(void);

/* Ends an instance; its calls in other threads end with an error. */
int TCK_API_CALL _TcktApi_Finalize(TCK_API_INSTANCE instance);

#define GATICKET_VERSION_API 1
#define GATICKET_VERSION_ENGINE 2

/* The version of this library (of instance 0 too) or of the agent, 0x00MMmmpp; 0 on an error. */
uint32_t TCK_API_CALL _TcktApi_GetGAVersion(TCK_API_INSTANCE instance, int component);

/*
 * Three ways to a ticket: the current one, after the user has signed in where nobody is; the
 * current one or TCK_API_ERR_TICKET_NOT_AVAILABLE, without asking; a new one, after the user has
 * signed in anew.
 *
 * buffer receives the ticket and a NUL; 1025 octets are enough for any. used, unless it is NULL,
 * receives the ticket's length without the NUL. On an error neither is changed.
 */
int TCK_API_CALL _TcktApi_getTicket(
    TCK_API_INSTANCE instance, char *buffer, unsigned int size, unsigned int *used);
int TCK_API_CALL _TcktApi_getTicketNoAuth(
    TCK_API_INSTANCE instance, char *buffer, unsigned int size, unsigned int *used);
int TCK_API_CALL _TcktApi_getNewTicket(
    TCK_API_INSTANCE instance, char *buffer, unsigned int size, unsigned int *used);

/* Signs the user out, for every program and page. */
int TCK_API_CALL _TcktApi_destroyTicket(TCK_API_INSTANCE instance);

/* What became of the instance's last call; of 0, of this thread's last call without an instance. */
uint32_t TCK_API_CALL _TcktApi_getLastError(TCK_API_INSTANCE instance);

/* What a code means, in English; of the last error, what the agent says of it. As for a ticket. */
int TCK_API_CALL _TcktApi_getErrorDescription(
    TCK_API_INSTANCE instance, uint32_t error, char *buffer, unsigned int size, unsigned int *used);

/* Whether the program runs in a session of a remote desktop: 1 or 0. */
int TCK_API_CALL _TcktApi_isTerminalServiceSession(TCK_API_INSTANCE instance);

/* The version of this library. */
uint32_t TCK_API_CALL GetDllVersion(void);

#ifdef __cplusplus
}
#endif

/* What the calls that return int return, and what _TcktApi_getLastError does. */
#define TCK_API_SUCCESS 0x00000000

#define TCK_ERR_GRP_MASK 0x80000000
#define TCK_ERR_GRP_GENERIC 0x80100000
#define TCK_ERR_GRP_CARD_DEVICE 0x80200000
#define TCK_ERR_GRP_AUTHENTICATION 0x80400000
#define TCK_ERR_GRP_CONFIG 0x80800000
#define TCK_ERR_GRP_WINDOWS 0x81000000

#define TCK_API_ERR_INTERNAL 0x80100001
#define TCK_API_ERR_NOT_INITIALIZED 0x80100002
#define TCK_API_ERR_INVALID_PARAMETER 0x80100003
#define TCK_API_ERR_BUFFER_TOO_SMALL 0x80100004
#define TCK_API_ERR_INVALID_INSTANCE_HANDLE 0x80100005
#define TCK_API_ERR_SERVER_BUSY 0x80100006
#define TCK_API_ERR_SERVER_COMM_FAILED 0x80100007
#define TCK_API_ERR_RESOURCE_ALLOCATION_FAILED 0x80100008
#define TCK_API_ERR_TICKET_NOT_AVAILABLE 0x80100009
#define TCK_API_ERR_INTERNAL_ERROR 0x8010000A
#define TCK_API_ERR_NOT_IMPLEMENTED 0x8010000B

#define TCK_API_ERR_SMARTCARD_NOT_SUPPORTED 0x80200001
#define TCK_API_ERR_READER_NOT_AVAILABLE 0x80200002
#define TCK_API_ERR_SMARTCARD_NOT_VALID 0x80200003
#define TCK_API_ERR_PIN_BLOCKED 0x80200004
#define TCK_API_ERR_CARD_TRANSACTION_FAILED 0x80200005
#define TCK_API_ERR_NO_CERT_FOUND 0x80200006
#define TCK_API_ERR_NO_KEY_FOUND 0x80200007

#define TCK_API_ERR_USER_ABORT 0x80400001
#define TCK_API_ERR_AUTHENTICATION_FAILED 0x80400002
#define TCK_API_ERR_AUTHENTICATION_NOT_POSSIBLE 0x80400003
#define TCK_API_ERR_USER_NOT_VALID 0x80400004
#define TCK_API_ERR_AUTHSERVER_NOT_AVAILABLE 0x80400005
#define TCK_API_ERR_AUTHDATA_SYNTAX_ERROR 0x80400006
#define TCK_API_ERR_AUTH_NOT_VALID 0x80400007
#define TCK_API_ERR_AUTHMETHOD_NOT_SUPPORTED 0x80400008

#define TCK_API_ERR_VERSION_CONFLICT 0x80800001
#define TCK_API_ERR_NOT_INSTALLED 0x80800002
#define TCK_API_ERR_NO_SERVERFOUND 0x80800003
#define TCK_API_ERR_LOAD_RES_FAILED 0x80800004
#define TCK_API_ERR_AUTHMETHOD_NOT_AVAILABLE 0x80800005
#define TCK_API_ERR_AUTHMETHOD_NOT_POSSIBLE 0x80800006
#define TCK_API_ERR_RESOURCE_NOT_AVAILABLE 0x80800007

#endif
