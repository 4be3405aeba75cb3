// SPDX-License-Identifier: BSD-2-Clause
#include "exporter.h"

#include <string.h>

#include "cleanup.h"
#include "itself.h"
#include "listener.h"

int exporter_start(struct exporter *exporter, sd_event *loop, const char *address,
		   const struct metrics_source *source, struct failure *failure)
{
	_close_ int fd = -1;
	int r;

	exporter->metrics.source = *source;
	exporter->metrics.source.itself = itself_read;
	if (!address[0])
		return 0;
	fd = listener_open_tcp(address, failure);
	if (fd < 0)
		return fd;
	r = scrape_start(&exporter->scrape, loop, fd, &exporter->metrics);
	if (r < 0)
		return fail(failure, r, "can't serve metrics at %s: %s", address, strerror(-r));
	TAKE_FD(fd);
	return 0;
}

void exporter_stop(struct exporter *exporter)
{
	scrape_stop(exporter->scrape);
	metrics_cache_clear(&exporter->metrics);
}
