// SPDX-License-Identifier: BSD-2-Clause
/* Black boxes: what is held is listed on the loop, and made text by the store's thread. */
#include "clock.h"
#include "incidents/blackbox.h"
#include "incidents/state.h"
#include "ingest/procfs.h"

#define BOX_SHARE 9 /* of ten parts of time that black boxes leave to all else */

/* Whoever may see the process may see what it held only if it was theirs all the while. */
static void check_owner(struct incident *i)
{
	if (i->dumpable && i->uid && !procfs_owned_by(PROCFS, i->pid, i->start_time, i->uid))
		i->dumpable = false;
}

/* Takes the list over. 0 or -ENOMEM. */
static int fill_box(struct incidents *s, struct store_box *box, const struct incident *incident,
		    enum incident_box why, const struct process *p, struct descriptor_list *list)
{
	struct ranking ranking = {};
	bool ranked = s->tracking.rank && !s->tracking.rank(p->sample.pid, p->sample.start_time,
							    list, &ranking, s->tracking.data);
	int r = blackbox_fill(box, incident, why, p, users_name(s->watch->users, incident->uid),
			      ranked ? &ranking : NULL, list);

	ranking_free(&ranking);
	return r;
}

/* Lists what the process holds now; where it is gone there is no box, or that of before. */
static void take_box(struct incidents *s, struct current *c, const struct process *p)
{
	enum incident_box why = incident_wants_box(&c->incident);
	struct descriptor_list *list = NULL;
	struct store_box box;

	if (watch_list(s->watch, p->sample.pid, p->sample.start_time, &list) < 0)
		return;
	check_owner(&c->incident);
	if (fill_box(s, &box, &c->incident, why, p, list) < 0)
		return;
	c->incident.box = why;
	current_keep(s, c); /* who may see it, before what is seen */
	store_put_box(s->store, &box);
}

void boxes_take(struct incidents *s)
{
	struct current *c, *next;

	s->box_wanted = false;
	HASH_ITER (hh, s->all, c, next) {
		uint64_t begin = clock_usec(CLOCK_BOOTTIME);
		const struct process *p;

		if (!incident_wants_box(&c->incident))
			continue;
		if (begin < s->boxes_after) {
			s->box_wanted = true;
			return;
		}
		p = table_find(s->watch->table, c->incident.pid);
		if (!p || p->sample.start_time != c->incident.start_time)
			continue;
		take_box(s, c, p);
		s->boxes_after = begin + (clock_usec(CLOCK_BOOTTIME) - begin) * (BOX_SHARE + 1);
	}
}

void incidents_drained(struct incidents *s)
{
	if (s && s->box_wanted)
		boxes_take(s);
}
