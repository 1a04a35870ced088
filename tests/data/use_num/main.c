/* A program of somebody else: quantises three values to flint4 with the installed library. */
#include "pe/num/format.h"
#include <stdio.h>
int main(void)
{
    const double values[] = {0.9, -5.2, 100};
    num_format format;
    if (!num_format_parse("flint4", &format)) return 1;
    for (int i = 0; i < 3; i++) printf("%d ", num_decode(format, num_encode_real(format, values[i])));
    return 0;
}
