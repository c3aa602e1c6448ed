/* Prints the user's ticket; the agent asks for card and passcode where nobody is signed in. */
#include <stdio.h>
#include <wardkey_ticket_api.h>

static int failed(TCK_API_INSTANCE instance)
{
    char text[1024] = "";
    uint32_t error = _TcktApi_getLastError(instance);
    _TcktApi_getErrorDescription(instance, error, text, sizeof text, NULL);
    fprintf(stderr, "0x%08X %s\n", (unsigned int)error, text);
    return 1;
}

int main(void)
{
    char ticket[1025];
    int status = 0;
    TCK_API_INSTANCE instance = _TcktApi_Initialize();
    if (instance == 0)
        return failed(0);
    if (_TcktApi_getTicket(instance, ticket, sizeof ticket, NULL) == TCK_API_SUCCESS)
        puts(ticket);
    else
        status = failed(instance);
    _TcktApi_Finalize(instance);
    return status;
}
