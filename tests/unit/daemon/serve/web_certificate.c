// SPDX-License-Identifier: BSD-2-Clause
#include "serve/web_certificate.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <string.h>

#include "check.h"
#include "cleanup.h"

#define BEGIN 1700000000 /* 2023-11-14 */
#define END 1800000000   /* 2027-01-15 */
#define NOW 1750000000

static char path[] = "web.yml";

/* A key, and a certificate that speaks for itself, as PEM; both are the caller's. */
static void make_pair(char **certificate, char **key)
{
	gnutls_x509_privkey_t private;
	gnutls_x509_crt_t crt;
	gnutls_datum_t text;

	assert_int_equal(gnutls_x509_privkey_init(&private), 0);
	assert_int_equal(
		gnutls_x509_privkey_generate(private, GNUTLS_PK_ECDSA,
					     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
		0);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, "1", 1);
	gnutls_x509_crt_set_activation_time(crt, BEGIN);
	gnutls_x509_crt_set_expiration_time(crt, END);
	assert_int_equal(gnutls_x509_crt_set_dn(crt, "CN=server", NULL), 0);
	assert_int_equal(gnutls_x509_crt_set_key(crt, private), 0);
	assert_int_equal(gnutls_x509_crt_sign2(crt, crt, private, GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &text), 0);
	*certificate = strndup((char *)text.data, text.size);
	gnutls_free(text.data);
	assert_int_equal(gnutls_x509_privkey_export2(private, GNUTLS_X509_FMT_PEM, &text), 0);
	*key = strndup((char *)text.data, text.size);
	gnutls_free(text.data);
	assert_true(*certificate && *key);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(private);
}

static void expect(const struct web_config *config, time_t now, int code, const char *said)
{
	struct failure failure = {};

	assert_int_equal(web_certificate_check_dates(config, now, &failure), code);
	if (!strstr(failure.text, said))
		fail_msg("'%s' says no '%s'", failure.text, said);
	if (code == -EINVAL)
		assert_int_equal(web_certificate_check(config, &failure), code);
	else
		assert_int_equal(web_certificate_check(config, &failure), 0);
}

static void what_is_wrong_is_said(void **state)
{
	_free_ char *certificate = NULL, *key = NULL, *other = NULL, *other_key = NULL;
	struct web_config config = {.file_count = 1, .files[0].path = path};
	char no_pem[] = "surprise";

	(void)state;
	make_pair(&certificate, &key);
	make_pair(&other, &other_key);
	expect(&config, NOW, 0, "");
	config.certificate = certificate;
	config.key = key;
	expect(&config, NOW, 0, "");
	expect(&config, BEGIN - 1, -ESTALE,
	       "web.yml: a certificate of cert_file is not valid "
	       "before 2023-11-14");
	expect(&config, END + 1, -ESTALE,
	       "web.yml: a certificate of cert_file has ended on "
	       "2027-01-15");
	config.key = other_key;
	expect(&config, NOW, -EINVAL, "web.yml: cert_file and key_file can't be used: ");
	config.key = no_pem;
	expect(&config, NOW, -EINVAL, "cert_file and key_file can't be used");
	config.key = key;
	config.certificate = no_pem;
	expect(&config, NOW, -EINVAL, "cert_file and key_file can't be used");
	config.certificate = certificate;
	config.client_ca = other;
	expect(&config, NOW, 0, "");
	config.client_ca = no_pem;
	expect(&config, NOW, -EINVAL, "web.yml: client_ca_file can't be used: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_said),
	};

	return RUN_TESTS(tests);
}
