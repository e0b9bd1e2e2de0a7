function y = choose(c, a, b)  % of each element a where c holds, else b
  n = zeros(size(c)) + zeros(size(a)) + zeros(size(b));
  c = logical(n + c);
  a = n + a;
  y = n + b;
  y(c) = a(c);
end

function y = times(partial, local_)  % a partial of exactly 0 gives 0, whatever it meets
  y = choose(partial == 0, 0, partial .* local_);
end

function y = times_both(one, other)
  y = choose((one == 0) | (other == 0), 0, one .* other);
end

function y = over(partial, value)  % a partial of exactly 0 gives 0, whatever it meets
  y = choose(partial == 0, 0, partial ./ value);
end

function y = real_log(x)  % not a complex number where x is negative
  y = choose(x < 0, NaN, log(abs(x)));
end

function y = real_sqrt(x)
  y = choose(x < 0, NaN, sqrt(abs(x)));
end

function y = real_asin(x)
  y = choose(abs(x) > 1, NaN, asin(clip(x, -1, 1)));
end

function y = real_acos(x)
  y = choose(abs(x) > 1, NaN, acos(clip(x, -1, 1)));
end

function y = real_log1p(x)
  y = choose(x < -1, NaN, log1p(choose(x < -1, 0, x)));
end

function y = real_log2(x)
  y = choose(x < 0, NaN, log2(abs(x)));
end

function y = real_log10(x)
  y = choose(x < 0, NaN, log10(abs(x)));
end

function y = logaddexp(a, b)
  far = larger(a, b) + log1p(exp(-abs(a - b)));
  y = choose(a == b, a + 0.6931471805599453, far);
end

function y = softsign(x)
  y = choose(isinf(x), sign(x), x ./ (1 + abs(x)));
end

function y = huber(r, delta)
  y = choose(abs(r) <= delta, r.^2/2, delta*(abs(r) - delta/2));
end

function y = real_power(a, b)
  n = zeros(size(a)) + zeros(size(b));
  a = n + a; b = n + b;
  y = abs(a).^b;
  whole = b == fix(b);
  odd = whole & (mod(abs(b), 2) == 1) & isfinite(b);
  y(a < 0 & odd) = -y(a < 0 & odd);
  y(a < 0 & isfinite(a) & ~whole & isfinite(b)) = NaN;
  y(b == 0 | a == 1) = 1;
end

function y = log_slope(x)  % 1/x: infinite at 0, undefined where log is
  y = choose(x < 0, NaN, 1 ./ abs(x));
end

function y = step(x)
  y = choose(isnan(x), x, double(x > 0));
end

function y = relu(x)
  y = choose((x > 0) | isnan(x), x, 0);
end

function y = leaky_relu(x, slope)
  y = choose(x > 0, x, slope*x);
end

function y = elu(x)
  y = choose(x >= 0, x, expm1(x));
end

function y = selu(x)
  y = 1.0507009873554805*choose(x >= 0, x, 1.6732632423543772*expm1(x));
end

function y = sigmoid(x)
  e = exp(-abs(x));
  y = choose(x >= 0, 1, e) ./ (1 + e);
end

function y = slope_of_tanh(x)  % 1 - tanh(x)^2, with its digits where tanh is nearly 1 or -1
  e = exp(-2*abs(x));
  y = 4*e ./ (1 + e).^2;
end

function y = one_less_square(x)  % 1 - x^2, with its digits where x is nearly 1 or -1
  y = (1 - x) .* (1 + x);
end

function y = normal_cdf(x)  % with the argument's rounding put back
  root = -0.70710678118654757;
  at = x*root;
  xh = x*134217729; xh = xh - (xh - x); xl = x - xh;
  rh = root*134217729; rh = rh - (rh - root); rl = root - rh;
  lost = ((xh*rh - at) + xh*rl + xl*rh) + xl*rl + x*4.8336466567264573e-17;
  y = (erfc(at) - choose(isfinite(lost), lost .* exp(-at.^2)*1.1283791670955126, 0))/2;
end

function y = gelu(x)
  y = choose(x == -Inf, 0, x .* normal_cdf(x));
end

function y = silu(x)
  half = exp(0.5*choose(x > 0, 0, x));
  left = choose(x == -Inf, 0, x .* half .* half);
  y = choose(x < -40, left, x .* sigmoid(x));
end

function y = softplus(x)
  y = choose((x > 0) | isnan(x), x, 0) + log1p(exp(-abs(x)));
end

function y = clip(x, low, high)
  y = choose(x < low, low, choose(x > high, high, x));
end

function y = half_to_even(x)
  y = round(x);
  tie = abs(x - fix(x)) == 0.5;
  y(tie) = 2*round(x(tie)/2);
end

function y = larger(a, b)
  y = choose(isnan(a) | isnan(b), NaN, max(a, b));
end

function y = smaller(a, b)
  y = choose(isnan(a) | isnan(b), NaN, min(a, b));
end

function y = largest(x, axis_)
  if nargin < 2, axis_ = 1; end
  y = choose(any(isnan(x), axis_), NaN, max(x, [], axis_));
end

function y = smallest(x, axis_)
  if nargin < 2, axis_ = 1; end
  y = choose(any(isnan(x), axis_), NaN, min(x, [], axis_));
end

function y = variance(x, axis_)
  if nargin < 2, axis_ = 1; end
  y = mean((x - mean(x, axis_)).^2, axis_);
end

function y = deviation(x, axis_)  % 0 where all elements are equal
  if nargin < 2, axis_ = 1; end
  apart = x - mean(x, axis_);
  same = all(x == max(x, [], axis_), axis_);
  y = choose(same, 0, length_of(apart, axis_)/sqrt(size(x, axis_)));
end

function y = place_of_largest(x, axis_)  % counted from 0, a NaN before all
  if nargin < 2, axis_ = 1; end
  [~, k] = max(choose(any(isnan(x), axis_), double(isnan(x)), x), [], axis_);
  y = k - 1;
end

function y = take(x, k, sizes)  % the elements or rows with these numbers
  rows = reshape(x, size(x, 1), []);
  y = reshape(rows(k(:) + 1, :), sizes);
end

function y = put_rows(x, k, sizes)  % zeros with values added at these numbers
  flat = reshape(x, numel(k), []);
  y = zeros(sizes(1), size(flat, 2));
  for i = 1:numel(k), y(k(i) + 1, :) = y(k(i) + 1, :) + flat(i, :); end
  y = reshape(y, sizes);
end

function y = determinant(x)  % written out where it is small
  n = size(x, 1);
  if n == 1, y = x; return; end
  if n == 2, y = x(1, 1)*x(2, 2) - x(1, 2)*x(2, 1); return; end
  if n == 3
    one = x(2, 2)*x(3, 3) - x(2, 3)*x(3, 2);
    two = x(2, 1)*x(3, 3) - x(2, 3)*x(3, 1);
    y = x(1, 1)*one - x(1, 2)*two + x(1, 3)*(x(2, 1)*x(3, 2) - x(2, 2)*x(3, 1));
    return;
  end
  if all(isfinite(x(:))), y = det(x); else, y = NaN; end
end

function y = logdet(x)  % undefined where the determinant is negative
  if ~all(isfinite(x(:))), y = NaN; return; end
  [~, u, p] = lu(x);
  d = diag(u);
  y = sum(log(abs(d)));
  if det(p)*prod(sign(d)) < 0, y = NaN; end
end

function y = cofactors(x)  % by minors, so that a singular matrix has them too
  n = size(x, 1);
  y = zeros(n);
  for i = 1:n
    for j = 1:n
      minor = x; minor(i, :) = []; minor(:, j) = [];
      y(i, j) = (-1)^(i + j)*determinant(minor);
    end
  end
end

function x = solve(a, b)  % NaN where the matrix is singular
  x = NaN(size(b));
  if ~all(isfinite(a(:))), return; end
  [l, u, p] = lu(a);
  if all(diag(u) ~= 0), x = u \ (l \ (p*b)); end
end

function y = length_of(x, axis_)  % scaled by a power of two, so that no square overflows
  if nargin < 2, axis_ = 1; end
  most = largest(abs(x), axis_);
  usable = isfinite(most) & (most > 0);
  [~, power] = log2(choose(usable, most, 1));
  root = sqrt(sum((x .* 2.^(-power)).^2, axis_)) .* 2.^power;
  y = choose(usable, root, most);
end

function y = first_largest(x, axis_)  % marks one element a row: the first of the largest
  y = double(cumsum(double(x == max(x, [], axis_)), axis_) == 1) .* double(x == max(x, [], axis_));
end

function y = logsumexp(x, axis_)  % the largest term left out of log1p
  if nargin < 2, axis_ = 1; end
  most = largest(x, axis_);
  weights = exp(x - choose(isfinite(most), most, 0));
  rest = sum(choose(first_largest(x, axis_) == 1, 0, weights), axis_);
  y = choose(isfinite(most), most + log1p(rest), most);
end

function y = softmax(x, axis_)
  weights = exp(x - largest(x, axis_));
  y = weights ./ sum(weights, axis_);
end

function y = log_softmax(x, axis_)  % the largest term left out of log1p
  shifted = x - largest(x, axis_);
  rest = sum(choose(first_largest(x, axis_) == 1, 0, exp(shifted)), axis_);
  spoiled = choose(any(isnan(shifted), axis_), NaN, 0);
  y = shifted - log1p(rest) + spoiled;
end

function y = others(x, axis_)  % of each element the sum of the others
  left_out = first_largest(abs(x), axis_) == 1;
  y = choose(left_out, sum(choose(left_out, 0, x), axis_), sum(x, axis_) - x);
end

function y = less_its_share(g, p, axis_)  % g - p*sum(g), its digits kept where p is nearly 1
  if all(isfinite(g(:))) && all(isfinite(p(:)))
    most = first_largest(p, axis_) == 1;
    y = g .* choose(most, sum(choose(most, 0, p), axis_), 1 - p) - p .* others(g, axis_);
  else
    whole = sum(g, axis_);
    y = g - choose(whole == 0, 0, p .* whole);
  end
end

function y = less_its_mean(g, p, axis_)  % g - sum(p*g), its digits kept where p is nearly 1
  if all(isfinite(g(:))) && all(isfinite(p(:)))
    left = g - sum(choose(first_largest(p, axis_) == 1, g, 0), axis_);
    y = left - sum(p .* left, axis_);
  else
    y = g - sum(choose(g == 0, 0, g .* p), axis_);
  end
end

function y = times_log(y_, p)  % y log p; 0 log 0 counts as 0
  y = choose((y_ == 0) & (p == 0), 0, y_ .* real_log(p));
end

function y = bell(x)  % exp(-x^2/2), the square exact in two parts
  near = choose(abs(x) > 100, 100, x);
  spread = near*134217729;
  high = spread - (spread - near);
  y = exp(-0.5*high .* high) .* exp(-0.5*(near - high) .* (near + high));
end

function y = gauss(x)  % exp(-x^2), the square exact in two parts
  near = choose(abs(x) > 100, 100, x);
  spread = near*134217729;
  high = spread - (spread - near);
  y = exp(-high .* high) .* exp(-(near - high) .* (near + high));
end

function y = reshaped(x, rank_, sizes)  % the elements row by row in another shape
  if rank_ > 1, x = permute(x, rank_:-1:1); end
  n = numel(sizes);
  if n > 1
    y = permute(reshape(x, fliplr(sizes)), n:-1:1);
  else
    y = x(:);
  end
end

function y = element(x, varargin)  % the elements at an index
  y = x(varargin{:});
end

function y = scatter(x, sizes, varargin)  % zeros with x put at an index
  y = zeros(sizes);
  y(varargin{:}) = reshape(x, size(y(varargin{:})));
end

function y = pick(x, k)  % of each row the element of class k
  if isscalar(k)
    y = x(k + 1);
  else
    rows = reshape(x, numel(k), []);
    y = reshape(rows(sub2ind(size(rows), (1:numel(k)).', k(:) + 1)), size(k));
  end
end

function y = place(x, k, classes)  % rows of zeros with x put at class k
  y = zeros(numel(k), classes);
  y(sub2ind(size(y), (1:numel(k)).', k(:) + 1)) = zeros(numel(k), 1) + x(:);
end

function y = products_without(x, axis_, order)  % [.., i, j, ..]: the product without those
  n = size(x, axis_);
  rows = reshape(x, [], n);
  lead = size(rows, 1);
  y = zeros(lead, n^order);
  for place_ = 0:n^order - 1
    left_out = mod(floor(place_ ./ n.^(0:order - 1)), n) + 1;
    if numel(unique(left_out)) == order
      y(:, place_ + 1) = prod(rows(:, setdiff(1:n, left_out)), 2);
    end
  end
  sizes = size(x);
  if axis_ == 1, sizes = []; else, sizes = sizes(1:axis_ - 1); end
  sizes = [sizes, repmat(n, 1, order)];
  if numel(sizes) < 2, sizes = [sizes, 1]; end
  y = reshape(y, sizes);
end

function y = products(a, b, ranka, rankb, masks_a, masks_b)  % of matrices, batch by batch
  sa = size(a); sb = size(b);
  sa(end + 1:ranka) = 1; sb(end + 1:rankb) = 1;
  sa = sa(1:ranka); sb = sb(1:rankb);
  if ranka == 1, sa = [1, sa]; end
  if rankb == 1, sb = [sb, 1]; end
  count = max(numel(sa), numel(sb)) - 2;
  la = [ones(1, count - numel(sa) + 2), sa(1:end - 2)];
  lb = [ones(1, count - numel(sb) + 2), sb(1:end - 2)];
  lead = max(la, lb);
  rows = sa(end - 1); inner = sa(end); columns = sb(end);
  a = reshape(a, [prod(la), rows, inner]);
  b = reshape(b, [prod(lb), inner, columns]);
  y = zeros(prod(lead), rows, columns);
  for page = 0:prod(lead) - 1
    at = mod(floor(page ./ cumprod([1, lead(1:end - 1)])), lead);
    pa = 1 + sum(min(at, la - 1) .* cumprod([1, la(1:end - 1)]));
    pb = 1 + sum(min(at, lb - 1) .* cumprod([1, lb(1:end - 1)]));
    left = reshape(a(pa, :, :), rows, inner);
    right = reshape(b(pb, :, :), inner, columns);
    if (masks_a || masks_b) && !(all(isfinite(left(:))) && all(isfinite(right(:))))
      for i = 1:rows
        for j = 1:columns
          l = left(i, :).'; r = right(:, j);
          zero = (masks_a & (l == 0)) | (masks_b & (r == 0));
          y(page + 1, i, j) = sum(choose(zero, 0, l .* r));
        end
      end
    else
      y(page + 1, :, :) = left*right;
    end
  end
end

function y = patches(x, sizes, window, stride, padding)  % the windows of a signal or image
  axes_ = numel(window); rank_ = numel(sizes);
  lead = sizes(1:rank_ - axes_); lengths = sizes(rank_ - axes_ + 1:end);
  counts = floor((lengths + 2*padding - window)/stride) + 1;
  whole = zeros([lead, lengths + 2*padding, 1]);
  inside = repmat({':'}, 1, rank_);
  for k = 1:axes_, inside{rank_ - axes_ + k} = padding + (1:lengths(k)); end
  whole(inside{:}) = x;
  y = zeros([prod([lead, counts]), prod(window)]);
  for row = 0:prod(window) - 1
    left = row; at = zeros(1, axes_);
    for k = axes_:-1:1, at(k) = mod(left, window(k)); left = floor(left/window(k)); end
    cut = inside;
    for k = 1:axes_, cut{rank_ - axes_ + k} = at(k) + 1 + stride*(0:counts(k) - 1); end
    part = whole(cut{:});
    y(:, row + 1) = part(:);
  end
end

function y = unpatches(g, sizes, window, stride, padding)  % windows added up where they came from
  axes_ = numel(window); rank_ = numel(sizes);
  lead = sizes(1:rank_ - axes_); lengths = sizes(rank_ - axes_ + 1:end);
  counts = floor((lengths + 2*padding - window)/stride) + 1;
  whole = zeros([lead, lengths + 2*padding, 1]);
  inside = repmat({':'}, 1, rank_);
  for k = 1:axes_, inside{rank_ - axes_ + k} = padding + (1:lengths(k)); end
  rows = reshape(g, [], prod(window));
  for row = 0:prod(window) - 1
    left = row; at = zeros(1, axes_);
    for k = axes_:-1:1, at(k) = mod(left, window(k)); left = floor(left/window(k)); end
    cut = inside;
    for k = 1:axes_, cut{rank_ - axes_ + k} = at(k) + 1 + stride*(0:counts(k) - 1); end
    whole(cut{:}) = whole(cut{:}) + reshape(rows(:, row + 1), size(whole(cut{:})));
  end
  y = whole(inside{:});
end
