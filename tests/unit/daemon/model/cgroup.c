// SPDX-License-Identifier: BSD-2-Clause
#include "model/cgroup.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

/* A container's id, 64 digits; another. */
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define POD "pod8a4f5a2e_1b1c_4d6e_9d6f_0f5f3a1c2b3d"

#define USER_MANAGER "0::/user.slice/user-1000.slice/user@1000.service"

static const struct {
	const char *text;
	const char *unit;
	const char *container;
} cases[] = {
	/* Nothing. */
	{"", "", ""},
	{"\n", "", ""},
	{"0::/", "", ""},
	{"0::/\n", "", ""},
	{"no colons\n:\n::\n:::\n", "", ""},

	/* Units. */
	{"0::/init.scope\n", "init.scope", ""},
	{"0::/system.slice/ssh.service\n", "ssh.service", ""},
	{"0::/system.slice/ssh.service", "ssh.service", ""},
	{"0::/system.slice/ssh.service (deleted)\n", "ssh.service", ""},
	{"0::/system.slice/system-getty.slice/getty@tty1.service\n", "getty@tty1.service", ""},
	{"0::/system.slice/dbus.socket\n", "dbus.socket", ""},
	{"0::/system.slice/proc-sys-fs-binfmt_misc.mount\n", "proc-sys-fs-binfmt_misc.mount", ""},
	{"0::/system.slice/_memory.service\n", "memory.service", ""},
	{"0::/system.slice/a\\x2db.service\n", "a\\x2db.service", ""},
	{"0::/system.slice/docker.service/inner/part\n", "docker.service", ""},
	{"0::/system.slice/outer.service/inner.service\n", "outer.service", ""},
	{"0::/system.slice\n", "", ""},
	{"0::/system.slice/.service\n", "", ""},
	{"0::/system.slice/sp ace.service\n", "", ""},
	{"0::/system.slice/\xc3\xa4.service\n", "", ""},
	{"0::/made/by/hand.service\n", "", ""},
	{"0:://system.slice//ssh.service/\n", "ssh.service", ""},
	{"0::/../../system.slice/ssh.service\n", "", ""},

	/* Users. */
	{"0::/user.slice/user-1000.slice/session-2.scope\n", "session-2.scope", ""},
	{USER_MANAGER "/init.scope\n", "init.scope", ""},
	{USER_MANAGER "/app.slice/foo.service\n", "foo.service", ""},
	{USER_MANAGER "/app.slice/app-gnome.slice/app-gnome-vim-42.scope\n",
	 "app-gnome-vim-42.scope", ""},
	{USER_MANAGER "/app.slice\n", "user@1000.service", ""},
	{USER_MANAGER "\n", "user@1000.service", ""},
	{USER_MANAGER "/by-hand\n", "user@1000.service", ""},
	{USER_MANAGER "/app.slice/user@9.service/deep.service\n", "user@9.service", ""},

	/* Docker. */
	{"0::/docker/" ID "\n", "", ID},
	{"0::/system.slice/docker-" ID ".scope\n", "docker-" ID ".scope", ID},
	{"0::/system.slice/docker-" ID ".scope/init.scope\n", "docker-" ID ".scope", ID},
	{"4:memory:/docker/" ID "\n1:name=systemd:/docker/" ID "\n0::/\n", "", ID},
	{"0::/docker/" ID "/docker/" ID2 "\n", "", ID2},

	/* containerd, cri-o, Kubernetes, nerdctl. */
	{"0::/kubepods/burstable/pod8a4f/" ID "\n", "", ID},
	{"0::/kubepods/besteffort/pod8a4f/crio-" ID "\n", "", ID},
	{"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" POD
	 ".slice/cri-containerd-" ID ".scope\n",
	 "cri-containerd-" ID ".scope", ID},
	{"0::/kubepods.slice/kubepods-" POD ".slice/crio-" ID ".scope/container\n",
	 "crio-" ID ".scope", ID},
	{"0::/kubepods.slice/kubepods-" POD ".slice/crio-conmon-" ID ".scope\n",
	 "crio-conmon-" ID ".scope", ""},
	{"0::/system.slice/containerd.service/kubepods-" POD ".slice:cri-containerd:" ID "\n",
	 "containerd.service", ID},
	{"0::/system.slice/nerdctl-" ID ".scope\n", "nerdctl-" ID ".scope", ID},
	{"0::/default/" ID "\n", "", ID},

	/* Podman. */
	{"0::/machine.slice/libpod-" ID ".scope/container\n", "libpod-" ID ".scope", ID},
	{"0::/machine.slice/libpod-conmon-" ID ".scope\n", "libpod-conmon-" ID ".scope", ""},
	{USER_MANAGER "/user.slice/libpod-" ID ".scope/container\n", "libpod-" ID ".scope", ID},
	{"0::/system.slice/web.service/libpod-payload-" ID "\n", "web.service", ID},
	{"0::/libpod_parent/libpod-" ID "\n", "", ID},
	{"0::/libpod_parent/conmon-" ID "\n", "", ""},

	/* What looks like an id and is none. */
	{"0::/docker/0123456789abcdef\n", "", ""},
	{"0::/docker/" ID "0\n", "", ""},
	{"0::/docker/x" ID "\n", "", ""},
	{"0::/docker/0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\n", "", ""},

	/* LXC, LXD. */
	{"0::/lxc.payload.web/system.slice/nginx.service\n", "", "web"},
	{"0::/lxc.monitor.web\n", "", ""},
	{"0::/lxc/101/ns/system.slice/cron.service\n", "", "101"},
	{"12:pids:/lxc/web\n1:name=systemd:/lxc/web\n", "", "web"},
	{"0::/lxc.payload.\n", "", ""},

	/* systemd-nspawn, and libvirt's machines, which are no containers. */
	{"0::/machine.slice/machine-web.scope/payload/init.scope\n", "machine-web.scope", "web"},
	{"0::/machine.slice/machine-web.scope/supervisor\n", "machine-web.scope", ""},
	{"0::/machine.slice/machine-debian\\x2d12.scope/payload\n", "machine-debian\\x2d12.scope",
	 "debian-12"},
	{"0::/machine.slice/systemd-nspawn@web.service/payload/x\n", "systemd-nspawn@web.service",
	 "web"},
	{"0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator\n",
	 "machine-qemu\\x2d1\\x2dvm.scope", ""},
	{"0::/machine.slice/machine-a\\x00\\xzz\\x2.scope\n", "machine-a\\x00\\xzz\\x2.scope",
	 "a\\x00\\xzz\\x2"},

	/* Version 1, and both at once. */
	{"11:pids:/system.slice/a.service\n1:name=systemd:/system.slice/b.service\n", "b.service",
	 ""},
	{"1:name=systemd:/system.slice/b.service\n0::/system.slice/c.service\n", "c.service", ""},
	{"1:name=systemd:/system.slice/b.service\n0::/\n", "b.service", ""},
	{"0::/system.slice/c.service\n1:name=systemd:/system.slice/b.service\n", "c.service", ""},
	{"0::/\n1:name=systemd:/system.slice/b.service\n", "b.service", ""},
	{"9:cpu,cpuacct:/system.slice/a.service\n", "", ""},
	{"2:cpuset:/\n3:memory:/docker/" ID "\n1:name=systemd:/system.slice/b.service\n",
	 "b.service", ID},
};

/* From a copy of just that size, so that a look beyond its end is seen. */
static struct process_identity identify(const char *text, size_t size)
{
	struct process_identity identity;
	char *copy = malloc(size + !size);

	memcpy(copy, text, size);
	memset(&identity, 'x', sizeof(identity));
	cgroup_identify(copy, size, &identity);
	free(copy);
	return identity;
}

static void units_and_containers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct process_identity identity = identify(cases[i].text, strlen(cases[i].text));

		if (strcmp(identity.unit, cases[i].unit) != 0 ||
		    strcmp(identity.container, cases[i].container) != 0)
			print_error("case %zu: %s\n", i, cases[i].text);
		assert_string_equal(identity.unit, cases[i].unit);
		assert_string_equal(identity.container, cases[i].container);
	}
}

static void long_names_are_bounded(void **state)
{
	char text[8192] = "0::/lxc.payload.";
	size_t head = strlen(text);
	struct process_identity identity;

	(void)state;
	memset(text + head, 'n', sizeof(text) - head);
	identity = identify(text, sizeof(text));
	assert_int_equal(strlen(identity.container), sizeof(identity.container) - 1);
	assert_string_equal(identity.unit, "");

	PUT_TEXT(text, "0::/system.slice/");
	head = strlen(text);
	for (size_t length = 254; length <= 256; length++) {
		memset(text + head, 'n', length);
		memcpy(text + head + length - strlen(".service"), ".service", strlen(".service"));
		identity = identify(text, head + length);
		assert_int_equal(strlen(identity.unit), length < 256 ? length : 0);
	}
}

/* Any bytes, cut anywhere. */
static void hostile_bytes(void **state)
{
	static const char letters[] = "0:/:\n.\\x2d-@_=\0 user@.service.slice\xff";
	unsigned int seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t size = 0; size <= strlen(cases[i].text); size++)
			identify(cases[i].text, size);
	for (int round = 0; round < 20000; round++) {
		char text[96];

		for (size_t i = 0; i < sizeof(text); i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = letters[(seed >> 16) % sizeof(letters)];
		}
		identify(text, sizeof(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_and_containers),
		cmocka_unit_test(long_names_are_bounded),
		cmocka_unit_test(hostile_bytes),
	};

	return RUN_TESTS(tests);
}
