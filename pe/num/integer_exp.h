/* I-BERT's integer exponential (Kim et al., ICML 2021) and two softmaxes built on it: I-BERT's own 8-bit one
 * and the log-int-softmax of FQ-ViT (Lin et al., IJCAI 2022), whose results are powers of two. */
#ifndef NUM_INTEGER_EXP_H
#define NUM_INTEGER_EXP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Constants for an input scale S: x0 = floor(-ln 2 / S), b and c of the polynomial r (r + b) + c. */
typedef struct num_integer_exp {
    int32_t x0, b;
    int64_t c;
} num_integer_exp;
/* false unless 2^-15 <= S <= ln 2: beyond, x0 would be 0 or c exceed 2^32. */
bool num_integer_exp_build(double scale, num_integer_exp *constants);

/* e^q for q <= 0 is polynomial >> halvings, in units of S^2 * 0.35815147; q is clipped at max_halvings * x0.
 */
typedef struct num_exp_parts {
    int64_t polynomial; /* 0 < polynomial <= c */
    unsigned halvings;  /* 0..max_halvings */
} num_exp_parts;
num_exp_parts num_integer_exp_parts(const num_integer_exp *constants, int32_t q, unsigned max_halvings);

/* I-BERT softmax of a row of n > 0 elements: 16-bit exponentials with full scale e^0, factor floor(2^32 /
 * sum), result rounded down to 1/256. A lone maximum gives 255. */
void num_softmax_ibert_row(const num_integer_exp *constants, const int32_t *q, size_t n, uint8_t *out);

/* Log-int-softmax of a row of n > 0 elements: code = round of log2(rne(sum / e)) with threshold 1.5, value
 * 2^-code. Codes above 15 become NUM_LIS_FLUSH, which stands for 0. max_halvings (1..30) is N, 20 keeps e
 * within 32 bits for usual scales. Error at most 1/3, since a probability of 2/3 has code 1. */
enum { NUM_LIS_MAX_CODE = 15, NUM_LIS_FLUSH = 16 };
void num_softmax_lis_row(const num_integer_exp *constants, unsigned max_halvings, const int32_t *q, size_t n,
                         uint8_t *codes);
/* floor(log2 x) plus the bit below the leading one; x > 0. */
unsigned num_log2_round(uint64_t x);
/* Attention times V: sum of v << (15 - code), flushed terms 0. Scale S_v / 2^15. */
int64_t num_lis_dot(const uint8_t *codes, const int8_t *v, size_t n);

#ifdef __cplusplus
}
#endif
#endif
