/* c = a b, for matrices whose elements are such steps apart. By blocks of b of 64 rows and 32
   columns, which are copied so that they stand together; beyond its edges they are 0. */
static void matrix_product(const double *restrict a, int row_a, int column_a,
                           const double *restrict b, int row_b, int column_b,
                           double *restrict c, int rows, int columns, int inner) {
    static double block[64][32];
    for (int i = 0; i < rows*columns; i++) c[i] = 0.0;
    for (int left = 0; left < columns; left += 32) {
        const int wide = columns - left < 32 ? columns - left : 32;
        for (int top = 0; top < inner; top += 64) {
            const int deep = inner - top < 64 ? inner - top : 64;
            for (int k = 0; k < 64; k++) {
                const double *from = b + (top + k)*row_b + left*column_b;
                for (int j = 0; j < 32; j++) {
                    block[k][j] = k < deep && j < wide ? from[j*column_b] : 0.0;
                }
            }
            for (int i = 0; i < rows; i++) {
                const double *x = a + i*row_a + top*column_a;
                double sum[32] = {0.0};
                int k = 0;
                for (; k + 4 <= deep; k += 4) {
                    const double p = x[k*column_a], q = x[(k + 1)*column_a];
                    const double r = x[(k + 2)*column_a], s = x[(k + 3)*column_a];
                    for (int j = 0; j < 32; j++) {
                        sum[j] += (p*block[k][j] + q*block[k + 1][j])
                                + (r*block[k + 2][j] + s*block[k + 3][j]);
                    }
                }
                for (; k < deep; k++) {
                    for (int j = 0; j < 32; j++) sum[j] += x[k*column_a]*block[k][j];
                }
                for (int j = 0; j < wide; j++) c[i*columns + left + j] += sum[j];
            }
        }
    }
}

/* The product; a partial of exactly 0 gives 0, whatever it meets. */
static double times(double partial, double local) {
    return partial == 0.0 ? 0.0 : partial*local;
}

static double times_both(double one, double other) {
    return one == 0.0 || other == 0.0 ? 0.0 : one*other;
}

/* The quotient; a partial of exactly 0 gives 0, whatever it meets. */
static double over(double partial, double value) {
    return partial == 0.0 ? 0.0 : partial/value;
}

static double square(double x) { return x*x; }

/* 1/x, the slope of log: infinite at 0, undefined where log is. */
static double log_slope(double x) { return x < 0.0 ? NAN : 1.0/fabs(x); }

static double sign(double x) { return x != x ? x : (double)((x > 0.0) - (x < 0.0)); }

static double step(double x) { return x != x ? x : (double)(x > 0.0); }

static double sigmoid(double x) {
    const double e = exp(-fabs(x));
    return (x >= 0.0 ? 1.0 : e)/(1.0 + e);
}

/* 1 - tanh(x)^2, with its digits where tanh is nearly 1 or -1. */
static double slope_of_tanh(double x) {
    const double e = exp(-2.0*fabs(x));
    return 4.0*e/((1.0 + e)*(1.0 + e));
}

/* 1 - x^2, with its digits where x is nearly 1 or -1. */
static double one_less_square(double x) { return (1.0 - x)*(1.0 + x); }

static double relu(double x) { return x > 0.0 || x != x ? x : 0.0; }

static double leaky_relu(double x, double slope) { return x > 0.0 ? x : slope*x; }

static double elu(double x) { return x >= 0.0 ? x : expm1(x); }

static double selu(double x) {
    return 1.0507009873554805*(x >= 0.0 ? x : 1.6732632423543772*expm1(x));
}

/* The share of a standard normal distribution below x; the argument's rounding put back. */
static double normal_cdf(double x) {
    const double root = -0.70710678118654757, low = 4.8336466567264573e-17;
    const double at = x*root;
    const double lost = fma(x, root, -at) + x*low;
    const double back = isfinite(at) ? lost*exp(-at*at)*1.1283791670955126 : 0.0;
    return (erfc(at) - back)/2.0;
}

static double gelu(double x) { return x == -INFINITY ? -0.0 : x*normal_cdf(x); }

static double silu(double x) {
    const double half = exp(0.5*x);
    if (x == -INFINITY) return -0.0;
    return x < -40.0 ? x*half*half : x*sigmoid(x);
}

static double softplus(double x) { return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x))); }

static double logaddexp(double a, double b) {
    if (a == b) return a + 0.6931471805599453;
    return a != a || b != b ? a + b : (a > b ? a : b) + log1p(exp(-fabs(a - b)));
}

static double softsign(double x) {
    return isinf(x) ? (x > 0.0 ? 1.0 : -1.0) : x/(1.0 + fabs(x));
}

static double huber(double r, double delta) {
    return fabs(r) <= delta ? r*r/2.0 : delta*(fabs(r) - delta/2.0);
}

static double clip(double x, double low, double high) {
    return x < low ? low : x > high ? high : x;
}

static double maximum(double a, double b) { return a != a || a > b ? a : b; }

static double minimum(double a, double b) { return a != a || a < b ? a : b; }

/* y log p; 0 log 0 counts as 0. */
static double times_log(double y, double p) {
    return y == 0.0 && p == 0.0 ? 0.0 : y*log(p);
}

/* exp(-x^2/2), the square exact in two parts. */
static double bell(double x) {
    const double near = fabs(x) > 100.0 ? 100.0 : x;
    const double spread = near*134217729.0;
    const double high = spread - (spread - near);
    return exp(-0.5*high*high)*exp(-0.5*(near - high)*(near + high));
}

/* exp(-x^2), the square exact in two parts. */
static double gauss(double x) {
    const double near = fabs(x) > 100.0 ? 100.0 : x;
    const double spread = near*134217729.0;
    const double high = spread - (spread - near);
    return exp(-high*high)*exp(-(near - high)*(near + high));
}

/* The length of n numbers a step apart, scaled by a power of two so that no square overflows. */
static double norm(const double *x, int n, int step) {
    double largest = 0.0, sum = 0.0;
    int power = 0;
    for (int i = 0; i < n; i++) {
        const double size = fabs(x[i*step]);
        largest = largest != largest || largest > size ? largest : size;
    }
    if (!(largest > 0.0) || !isfinite(largest)) return largest;
    (void)frexp(largest, &power);
    for (int i = 0; i < n; i++) {
        const double scaled = ldexp(x[i*step], -power);
        sum += scaled*scaled;
    }
    return ldexp(sqrt(sum), power);
}

static double variance(const double *x, int n, int step) {
    double mean = 0.0, sum = 0.0;
    for (int i = 0; i < n; i++) mean += x[i*step];
    mean /= n;
    for (int i = 0; i < n; i++) sum += (x[i*step] - mean)*(x[i*step] - mean);
    return sum/n;
}

/* 0 where all numbers are equal, though their mean may be rounded. */
static double standard_deviation(const double *x, int n, int step) {
    double mean = 0.0, most = 0.0, sum = 0.0;
    int same = 1, power = 0;
    for (int i = 0; i < n; i++) {
        mean += x[i*step];
        same = same && x[i*step] == x[0];
    }
    if (same && n > 0) return 0.0;
    mean /= n;
    for (int i = 0; i < n; i++) {
        const double size = fabs(x[i*step] - mean);
        most = most != most || most > size ? most : size;
    }
    if (!(most > 0.0) || !isfinite(most)) return n > 0 ? most : NAN;
    (void)frexp(most, &power);
    for (int i = 0; i < n; i++) {
        const double scaled = ldexp(x[i*step] - mean, -power);
        sum += scaled*scaled;
    }
    return ldexp(sqrt(sum), power)/sqrt(n);
}

static void running_sums(const double *x, double *out, int n, int step) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) out[i*step] = sum += x[i*step];
}

/* From the smallest to the largest, NaN last; each is put among those before it. */
static void sorted(const double *x, double *out, int n, int step) {
    for (int i = 0; i < n; i++) {
        const double value = x[i*step];
        int k = i;
        while (k > 0 && (value < out[(k - 1)*step]
                         || (out[(k - 1)*step] != out[(k - 1)*step] && value == value))) {
            out[k*step] = out[(k - 1)*step];
            k--;
        }
        out[k*step] = value;
    }
}

/* Brings a matrix, with columns beside it, to a triangle; the sign of its row exchanges, or 0. */
static double eliminated(double *a, int n, int width) {
    double sign = 1.0;
    for (int k = 0; k < n; k++) {
        int best = k;
        for (int i = k; i < n; i++) {
            if (fabs(a[i*width + k]) > fabs(a[best*width + k])) best = i;
        }
        if (a[best*width + k] == 0.0) return 0.0;
        for (int j = 0; best != k && j < width; j++) {
            const double kept = a[k*width + j];
            a[k*width + j] = a[best*width + j];
            a[best*width + j] = kept;
        }
        if (best != k) sign = -sign;
        for (int i = k + 1; i < n; i++) {
            const double factor = a[i*width + k]/a[k*width + k];
            for (int j = k; j < width; j++) a[i*width + j] -= factor*a[k*width + j];
        }
    }
    return sign;
}

/* Written out where it is small. */
static double det(const double *x, int n) {
    double a[n*n + 1], made;
    if (n == 1) return x[0];
    if (n == 2) return x[0]*x[3] - x[1]*x[2];
    if (n == 3) {
        return x[0]*(x[4]*x[8] - x[5]*x[7]) - x[1]*(x[3]*x[8] - x[5]*x[6])
               + x[2]*(x[3]*x[7] - x[4]*x[6]);
    }
    for (int i = 0; i < n*n; i++) a[i] = x[i];
    made = eliminated(a, n, n);
    for (int k = 0; k < n; k++) made *= a[k*n + k];
    return made;
}

/* The logarithm of a determinant, undefined where that is negative. */
static double logdet(const double *x, int n) {
    double a[n*n + 1], sign, sum = 0.0;
    if (!all_finite(x, n*n)) return NAN;
    for (int i = 0; i < n*n; i++) a[i] = x[i];
    sign = eliminated(a, n, n);
    if (sign == 0.0) return -INFINITY;
    for (int k = 0; k < n; k++) {
        if (a[k*n + k] < 0.0) sign = -sign;
        sum += log(fabs(a[k*n + k]));
    }
    return sign < 0.0 ? NAN : sum;
}

/* By minors, so that a singular matrix has them too. */
static void cofactors(const double *x, double *out, int n) {
    double minor[n*n + 1];
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            int count = 0;
            for (int k = 0; k < n*n; k++) {
                if (k/n != i && k%n != j) minor[count++] = x[k];
            }
            out[i*n + j] = ((i + j)%2 ? -1.0 : 1.0)*det(minor, n - 1);
        }
    }
}

/* The X with A X = B, of so many columns; NaN where A is singular. */
static void solve(const double *a, const double *b, double *out, int n, int columns) {
    const int width = n + columns;
    double whole[n*width + 1], sign;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) whole[i*width + j] = a[i*n + j];
        for (int j = 0; j < columns; j++) whole[i*width + n + j] = b[i*columns + j];
    }
    sign = all_finite(a, n*n) ? eliminated(whole, n, width) : 0.0;
    for (int i = n - 1; i >= 0; i--) {
        for (int j = 0; j < columns; j++) {
            double left = whole[i*width + n + j];
            for (int k = i + 1; k < n; k++) left -= whole[i*width + k]*out[k*columns + j];
            out[i*columns + j] = sign == 0.0 ? NAN : left/whole[i*width + i];
        }
    }
}

/* Where the largest of n numbers stands, a NaN before all. */
static int place_of_largest(const double *x, int n, int step) {
    int found = 0;
    for (int i = 0; i < n; i++) {
        if (x[i*step] != x[i*step]) return i;
        if (x[i*step] > x[found*step]) found = i;
    }
    return found;
}

/* log(sum(exp(x))), without overflow; the largest term is 1, and left out of log1p. */
static double logsumexp(const double *x, int n, int step) {
    const int place = place_of_largest(x, n, step);
    const double largest = x[place*step];
    double sum = 0.0;
    if (!isfinite(largest)) return largest;
    for (int i = 0; i < n; i++) {
        if (i != place) sum += exp(x[i*step] - largest);
    }
    return largest + log1p(sum);
}

static void softmax(const double *x, double *out, int n, int step) {
    const double largest = x[place_of_largest(x, n, step)*step];
    double sum = 0.0;
    for (int i = 0; i < n; i++) sum += out[i*step] = exp(x[i*step] - largest);
    for (int i = 0; i < n; i++) out[i*step] /= sum;
}

/* log(softmax(x)), without rounding to log 0; the largest term is left out of log1p. */
static void log_softmax(const double *x, double *out, int n, int step) {
    const int place = place_of_largest(x, n, step);
    const double largest = x[place*step];
    double sum = largest - largest;
    for (int i = 0; i < n; i++) {
        if (i != place) sum += exp(x[i*step] - largest);
    }
    for (int i = 0; i < n; i++) out[i*step] = x[i*step] - largest - log1p(sum);
}

static int all_finite(const double *x, int n) {
    for (int i = 0; i < n; i++) {
        if (!isfinite(x[i])) return 0;
    }
    return 1;
}

/* g - p*sum(g) where p is a softmax, with its digits where p is nearly 1. */
static void less_its_share(const double *g, const double *p, double *out, int n, int step,
                           int finite) {
    const int largest = place_of_largest(p, n, step);
    int most = 0;
    double sum = 0.0, others = 0.0, rest = 0.0;
    for (int i = 0; i < n; i++) {
        sum += g[i*step];
        if (fabs(g[i*step]) > fabs(g[most*step])) most = i;
    }
    if (!finite) {
        for (int i = 0; i < n; i++) {
            out[i*step] = g[i*step] - (sum == 0.0 ? 0.0 : p[i*step]*sum);
        }
        return;
    }
    for (int i = 0; i < n; i++) {
        if (i != most) others += g[i*step];
        if (i != largest) rest += p[i*step];
    }
    for (int i = 0; i < n; i++) {
        const double left = i == largest ? rest : 1.0 - p[i*step];
        out[i*step] = g[i*step]*left - p[i*step]*(i == most ? others : sum - g[i*step]);
    }
}

/* g - sum(p*g) where p is a softmax; what all of g shares goes out first. */
static void less_its_mean(const double *g, const double *p, double *out, int n, int step,
                          int finite) {
    const double shared = finite ? g[place_of_largest(p, n, step)*step] : 0.0;
    double mean = 0.0;
    for (int i = 0; i < n; i++) {
        const double left = g[i*step] - shared;
        mean += !finite && left == 0.0 ? 0.0 : p[i*step]*left;
    }
    for (int i = 0; i < n; i++) out[i*step] = g[i*step] - shared - mean;
}
