// SPDX-License-Identifier: BSD-2-Clause
#include "serve/web_certificate.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#include "model/text.h"

static gnutls_datum_t datum_of(const char *text)
{
	return (gnutls_datum_t){(unsigned char *)text, (unsigned)strlen(text)};
}

static const char *path_of(const struct web_config *config)
{
	return config->files[0].path;
}

/* What a client's certificate is held to. */
static int check_client_ca(const struct web_config *config,
			   gnutls_certificate_credentials_t credentials, struct failure *failure)
{
	gnutls_datum_t authorities = datum_of(config->client_ca);
	int count = gnutls_certificate_set_x509_trust_mem(credentials, &authorities,
							  GNUTLS_X509_FMT_PEM);

	return count > 0 ? 0
			 : fail(failure, -EINVAL, "%s: client_ca_file can't be used: %s",
				path_of(config),
				count ? gnutls_strerror(count) : "no certificate is in it");
}

int web_certificate_check(const struct web_config *config, struct failure *failure)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_datum_t certificate, key;
	int r;

	if (!config->certificate)
		return 0;
	certificate = datum_of(config->certificate);
	key = datum_of(config->key);
	if (gnutls_certificate_allocate_credentials(&credentials) < 0)
		return fail(failure, -ENOMEM, "out of memory");
	r = gnutls_certificate_set_x509_key_mem(credentials, &certificate, &key,
						GNUTLS_X509_FMT_PEM);
	if (r < 0)
		r = fail(failure, -EINVAL, "%s: cert_file and key_file can't be used: %s",
			 path_of(config), gnutls_strerror(r));
	if (r >= 0 && config->client_ca)
		r = check_client_ca(config, credentials, failure);
	gnutls_certificate_free_credentials(credentials);
	return r < 0 ? r : 0;
}

/* `begin` and `end` of one certificate, seconds since the epoch. */
static int check_dates(const struct web_config *config, time_t begin, time_t end, time_t now,
		       struct failure *failure)
{
	char text[TEXT_TIME_SIZE];

	if (begin <= now && now <= end)
		return 0;
	text_time(text, (uint64_t)(now < begin ? begin : end) * 1000000);
	return fail(failure, -ESTALE, "%s: a certificate of cert_file %s %.10s", path_of(config),
		    now < begin ? "is not valid before" : "has ended on", text);
}

int web_certificate_check_dates(const struct web_config *config, time_t now,
				struct failure *failure)
{
	gnutls_x509_crt_t *all = NULL;
	gnutls_datum_t text;
	unsigned int count = 0;
	int r = web_certificate_check(config, failure);

	if (r < 0 || !config->certificate)
		return r;
	text = datum_of(config->certificate);
	r = gnutls_x509_crt_list_import2(&all, &count, &text, GNUTLS_X509_FMT_PEM, 0);
	if (r < 0)
		return fail(failure, -EINVAL, "%s: cert_file can't be used: %s", path_of(config),
			    gnutls_strerror(r));
	r = 0;
	for (unsigned int i = 0; i < count; i++) {
		if (!r)
			r = check_dates(config, gnutls_x509_crt_get_activation_time(all[i]),
					gnutls_x509_crt_get_expiration_time(all[i]), now, failure);
		gnutls_x509_crt_deinit(all[i]);
	}
	gnutls_free(all);
	return r;
}
