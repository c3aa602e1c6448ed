/* A USB bus with one reader, for a private pcscd: a stand-in for the functions of libudev by which pcscd
 * finds readers and hears of their coming and going, and a driver that is reached by a device of that
 * bus and else is the virtual reader's.
 *
 * Each byte that comes through BUS is an event: '+' the reader is plugged in, '-' it is unplugged. It is
 * in when pcscd first looks.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <ifdhandler.h>
#include <reader.h>

/* libudev's types are opaque to its users: a device is what happened to it. */
typedef const char udev;

static const char present[] = "", added[] = "add", removed[] = "remove";
static int bus = -1, plugged_in = 1;

udev *udev_new(void)
{
	return present;
}

void *udev_unref(udev *context)
{
	(void)context;
	return NULL;
}

udev *udev_monitor_new_from_netlink(udev *context, const char *name)
{
	(void)context, (void)name;
	/* Opened for both ends, so that it never ends. */
	bus = open(BUS, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return bus < 0 ? NULL : present;
}

int udev_monitor_filter_add_match_subsystem_devtype(udev *monitor, const char *subsystem, const char *type)
{
	(void)monitor, (void)subsystem, (void)type;
	return 0;
}

int udev_monitor_enable_receiving(udev *monitor)
{
	(void)monitor;
	return 0;
}

int udev_monitor_get_fd(udev *monitor)
{
	(void)monitor;
	return bus;
}

udev *udev_monitor_receive_device(udev *monitor)
{
	char event = 0;
	(void)monitor;
	if (read(bus, &event, 1) != 1)
		return NULL;
	plugged_in = event == '+';
	return plugged_in ? added : removed;
}

void *udev_monitor_unref(udev *monitor)
{
	(void)monitor;
	return NULL;
}

udev *udev_enumerate_new(udev *context)
{
	return context;
}

int udev_enumerate_add_match_subsystem(udev *enumerate, const char *subsystem)
{
	(void)enumerate, (void)subsystem;
	return 0;
}

int udev_enumerate_scan_devices(udev *enumerate)
{
	(void)enumerate;
	return 0;
}

udev *udev_enumerate_get_list_entry(udev *enumerate)
{
	return plugged_in ? enumerate : NULL;
}

void *udev_enumerate_unref(udev *enumerate)
{
	(void)enumerate;
	return NULL;
}

const char *udev_list_entry_get_name(udev *entry)
{
	return entry;
}

udev *udev_list_entry_get_next(udev *entry)
{
	(void)entry;
	return NULL;
}

udev *udev_device_new_from_syspath(udev *context, const char *path)
{
	(void)path;
	return context;
}

void *udev_device_unref(udev *device)
{
	(void)device;
	return NULL;
}

const char *udev_device_get_action(udev *device)
{
	return device == present ? NULL : device;
}

udev *udev_device_get_parent_with_subsystem_devtype(udev *device, const char *subsystem, const char *type)
{
	(void)subsystem, (void)type;
	return device;
}

const char *udev_device_get_devnode(udev *device)
{
	(void)device;
	return "reader";
}

const char *udev_device_get_sysname(udev *device)
{
	(void)device;
	return "1-1:1.0";
}

const char *udev_device_get_sysattr_value(udev *device, const char *attribute)
{
	(void)device;
	if (strcmp(attribute, "idVendor") == 0)
		return VENDOR;
	return strcmp(attribute, "idProduct") == 0 ? PRODUCT : NULL;
}

const char *udev_device_get_property_value(udev *device, const char *property)
{
	(void)device, (void)property;
	return NULL;
}

static void *of_driver(const char *function)
{
	/* Stays open: pcscd closes and opens this library as the reader goes and comes. */
	void *driver = dlopen(DRIVER, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	return driver ? dlsym(driver, function) : NULL;
}

#define FORWARD(function, parameters, arguments) FORWARD_AS(function, function, parameters, arguments)
#define FORWARD_AS(name, function, parameters, arguments) \
	RESPONSECODE name parameters \
	{ \
		RESPONSECODE (*real) parameters; \
		*(void **)&real = of_driver(#function); \
		return real ? real arguments : IFD_NO_SUCH_DEVICE; \
	}

FORWARD(IFDHCreateChannel, (DWORD lun, DWORD channel), (lun, channel))
FORWARD(IFDHCloseChannel, (DWORD lun), (lun))
FORWARD(IFDHGetCapabilities, (DWORD lun, DWORD tag, PDWORD length, PUCHAR value), (lun, tag, length, value))
FORWARD(IFDHSetCapabilities, (DWORD lun, DWORD tag, DWORD length, PUCHAR value), (lun, tag, length, value))
FORWARD(IFDHSetProtocolParameters,
	(DWORD lun, DWORD protocol, UCHAR flags, UCHAR pts1, UCHAR pts2, UCHAR pts3),
	(lun, protocol, flags, pts1, pts2, pts3))
FORWARD(IFDHPowerICC, (DWORD lun, DWORD action, PUCHAR atr, PDWORD length), (lun, action, atr, length))
#if SHORT_APDUS

static FORWARD_AS(pass_on, IFDHTransmitToICC,
	(DWORD lun, SCARD_IO_HEADER send, PUCHAR command, DWORD sent, PUCHAR answer, PDWORD received, PSCARD_IO_HEADER receive),
	(lun, send, command, sent, answer, received, receive))

/* As CCID's readers of short APDUs: what is longer gets no further. */
RESPONSECODE IFDHTransmitToICC(DWORD lun, SCARD_IO_HEADER send, PUCHAR command, DWORD sent, PUCHAR answer,
	PDWORD received, PSCARD_IO_HEADER receive)
{
	if (sent > 6 && command[4] == 0) {
		*received = 0;
		return IFD_COMMUNICATION_ERROR;
	}
	return pass_on(lun, send, command, sent, answer, received, receive);
}

#define PROPERTIES SCARD_CTL_CODE(0x330000 + FEATURE_GET_TLV_PROPERTIES)

/* It says so, as part 10 of PC/SC has it. */
RESPONSECODE IFDHControl(DWORD lun, DWORD code, PUCHAR sent, DWORD length, PUCHAR answer, DWORD room, LPDWORD received)
{
	const PCSC_TLV_STRUCTURE feature = { FEATURE_GET_TLV_PROPERTIES, 4, htonl(PROPERTIES) };
	const UCHAR longest[] = { PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize, 4, 0, 0, 0, 0 };
	(void)lun, (void)sent, (void)length;
	*received = 0;
	if (room < sizeof longest || sizeof longest != sizeof feature)
		return IFD_ERROR_INSUFFICIENT_BUFFER;
	if (code == CM_IOCTL_GET_FEATURE_REQUEST)
		memcpy(answer, &feature, sizeof feature);
	else if (code == PROPERTIES)
		memcpy(answer, longest, sizeof longest);
	else
		return IFD_ERROR_NOT_SUPPORTED;
	*received = sizeof longest;
	return IFD_SUCCESS;
}

#else

FORWARD(IFDHTransmitToICC,
	(DWORD lun, SCARD_IO_HEADER send, PUCHAR command, DWORD sent, PUCHAR answer, PDWORD received, PSCARD_IO_HEADER receive),
	(lun, send, command, sent, answer, received, receive))
FORWARD(IFDHControl,
	(DWORD lun, DWORD code, PUCHAR sent, DWORD length, PUCHAR answer, DWORD room, LPDWORD received),
	(lun, code, sent, length, answer, room, received))

#endif

FORWARD(IFDHICCPresence, (DWORD lun), (lun))

/* The virtual reader's driver takes a port, not a device of USB. */
RESPONSECODE IFDHCreateChannelByName(DWORD lun, LPSTR device)
{
	(void)device;
	return IFDHCreateChannel(lun, CHANNEL);
}
