#include "model/pgpsig_sha.h"

#include <string.h>

#define BLOCK_MAX 128

struct sha {
	size_t block;                    /* bytes of one */
	size_t tail;                     /* bytes of the length that ends the last block */
	void (*compress)(uint64_t state[8], const uint8_t *block);
	uint64_t state[8];
};

static uint64_t read_big(const uint8_t *b, size_t len)
{
	uint64_t v = 0;
	for (size_t i = 0; i < len; i++)
		v = v << 8 | b[i];
	return v;
}

static void write_big(uint64_t v, uint8_t *b, size_t len)
{
	for (size_t i = len; i > 0; i--, v >>= 8)
		b[i - 1] = (uint8_t)v;
}

static void digest(struct sha *h, const struct pgpsig_span *spans, size_t count)
{
	uint8_t block[BLOCK_MAX];
	size_t filled = 0;
	uint64_t total = 0;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *at = spans[i].bytes;
		size_t left = spans[i].len;
		total += left;
		while (left > 0) {
			size_t n = left < h->block - filled ? left : h->block - filled;
			memcpy(block + filled, at, n);
			filled += n;
			at += n;
			left -= n;
			if (filled == h->block) {
				h->compress(h->state, block);
				filled = 0;
			}
		}
	}
	block[filled++] = 0x80;
	if (filled > h->block - h->tail) {
		memset(block + filled, 0, h->block - filled);
		h->compress(h->state, block);
		filled = 0;
	}
	memset(block + filled, 0, h->block - filled);
	write_big(total << 3, block + h->block - 8, 8);
	h->compress(h->state, block);
}

static uint32_t rotate32(uint32_t v, int n)
{
	return v << n | v >> (32 - n);
}

static void compress_sha1(uint64_t state[8], const uint8_t *block)
{
	static const uint32_t k[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
	uint32_t w[80], v[5];
	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)read_big(block + 4 * i, 4);
	for (int i = 16; i < 80; i++)
		w[i] = rotate32(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < 5; i++)
		v[i] = (uint32_t)state[i];
	for (int i = 0; i < 80; i++) {
		uint32_t f = i < 20 ? (v[1] & v[2]) | (~v[1] & v[3])
		           : i < 40 || i >= 60 ? v[1] ^ v[2] ^ v[3]
		           : (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3]);
		uint32_t next = rotate32(v[0], 5) + f + v[4] + k[i / 20] + w[i];
		v[4] = v[3];
		v[3] = v[2];
		v[2] = rotate32(v[1], 30);
		v[1] = v[0];
		v[0] = next;
	}
	for (int i = 0; i < 5; i++)
		state[i] = (uint32_t)(state[i] + v[i]);
}

static uint64_t rotate64(uint64_t v, int n)
{
	return v >> n | v << (64 - n);
}

static void compress_sha512(uint64_t state[8], const uint8_t *block)
{
	static const uint64_t k[80] = {
		0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
		0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
		0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
		0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
		0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
		0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
		0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
		0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
		0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
		0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
		0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
		0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
		0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
		0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
		0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
		0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
		0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
		0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
		0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
		0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
	};
	uint64_t w[80], v[8];
	for (int i = 0; i < 16; i++)
		w[i] = read_big(block + 8 * i, 8);
	for (int i = 16; i < 80; i++) {
		uint64_t a = rotate64(w[i - 15], 1) ^ rotate64(w[i - 15], 8) ^ w[i - 15] >> 7;
		uint64_t b = rotate64(w[i - 2], 19) ^ rotate64(w[i - 2], 61) ^ w[i - 2] >> 6;
		w[i] = w[i - 16] + a + w[i - 7] + b;
	}
	memcpy(v, state, sizeof v);
	for (int i = 0; i < 80; i++) {
		uint64_t high = rotate64(v[4], 14) ^ rotate64(v[4], 18) ^ rotate64(v[4], 41);
		uint64_t low = rotate64(v[0], 28) ^ rotate64(v[0], 34) ^ rotate64(v[0], 39);
		uint64_t first = v[7] + high + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
		uint64_t second = low + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof *v);
		v[4] += first;
		v[0] = first + second;
	}
	for (int i = 0; i < 8; i++)
		state[i] += v[i];
}

void pgpsig_sha1(const struct pgpsig_span *spans, size_t count, uint8_t out[PGPSIG_SHA1_LEN])
{
	struct sha h = { 64, 8, compress_sha1, { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } };
	digest(&h, spans, count);
	for (int i = 0; i < 5; i++)
		write_big(h.state[i], out + 4 * i, 4);
}

void pgpsig_sha512(const struct pgpsig_span *spans, size_t count, uint8_t out[PGPSIG_SHA512_LEN])
{
	struct sha h = { 128, 16, compress_sha512, {
		0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
		0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
	} };
	digest(&h, spans, count);
	for (int i = 0; i < 8; i++)
		write_big(h.state[i], out + 8 * i, 8);
}
