/*
 * A program that a test drives: a line in names a call, a line out has its code and what it gave.
 * `begin` calls _TcktApi_getTicket in a thread of its own, and `end` waits for it.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <wardkey_ticket_api.h>

typedef int (TCK_API_CALL *call)(TCK_API_INSTANCE, char *, unsigned int, unsigned int *);

static TCK_API_INSTANCE instance;
static char begun_ticket[1025];
static int begun_code;
static pthread_t begun;

static void say(int code, const char *text)
{
    printf("%08x %s\n", (unsigned int)code, text);
    fflush(stdout);
}

static void get(call ask)
{
    char ticket[1025] = "";
    unsigned int used = 4711;
    int code = ask(instance, ticket, sizeof ticket, &used);
    if (code == TCK_API_SUCCESS ? used != strlen(ticket) : used != 4711)
        strcpy(ticket, "a length that is wrong");
    say(code, ticket);
}

static void small(void)
{
    char ticket[8] = "before";
    unsigned int used = 4711;
    int code = _TcktApi_getTicketNoAuth(instance, ticket, sizeof ticket, &used);
    say(code, used == 4711 ? ticket : "a length");
}

static void describe(void)
{
    char text[1024] = "";
    uint32_t error = _TcktApi_getLastError(instance);
    int code = _TcktApi_getErrorDescription(instance, error, text, sizeof text, NULL);
    say(code == TCK_API_SUCCESS ? (int)error : code, text);
}

static void *in_thread(void *unused)
{
    begun_code = _TcktApi_getTicket(instance, begun_ticket, sizeof begun_ticket, NULL);
    return unused;
}

int main(void)
{
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "init") == 0) {
            instance = _TcktApi_Initialize();
            say(instance != 0 ? 0 : (int)_TcktApi_getLastError(0), "");
        } else if (strcmp(line, "ticket") == 0) {
            get(_TcktApi_getTicket);
        } else if (strcmp(line, "noauth") == 0) {
            get(_TcktApi_getTicketNoAuth);
        } else if (strcmp(line, "new") == 0) {
            get(_TcktApi_getNewTicket);
        } else if (strcmp(line, "small") == 0) {
            small();
        } else if (strcmp(line, "destroy") == 0) {
            say(_TcktApi_destroyTicket(instance), "");
        } else if (strcmp(line, "describe") == 0) {
            describe();
        } else if (strcmp(line, "versions") == 0) {
            char text[32];
            snprintf(text, sizeof text, "%x %x %x",
                (unsigned int)_TcktApi_GetGAVersion(0, GATICKET_VERSION_API),
                (unsigned int)_TcktApi_GetGAVersion(instance, GATICKET_VERSION_ENGINE),
                (unsigned int)GetDllVersion());
            say(_TcktApi_isTerminalServiceSession(instance), text);
        } else if (strcmp(line, "begin") == 0) {
            begun_ticket[0] = '\0';
            say(pthread_create(&begun, NULL, in_thread, NULL), "");
        } else if (strcmp(line, "end") == 0) {
            pthread_join(begun, NULL);
            say(begun_code, begun_ticket);
        } else if (strcmp(line, "finalize") == 0) {
            say(_TcktApi_Finalize(instance), "");
        } else {
            say(-1, line);
        }
    }
    return 0;
}
