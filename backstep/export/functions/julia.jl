times(partial, local_) = partial == 0 ? 0.0 : partial * local_  # 0 gives 0, whatever it meets

times_both(one, other) = one == 0 || other == 0 ? 0.0 : one * other

over(partial, value) = partial == 0 ? 0.0 : partial / value  # 0 gives 0, whatever it meets

real_log(x) = x < 0 ? NaN : log(x)

real_sqrt(x) = x < 0 ? NaN : sqrt(x) + 0.0

real_sin(x) = isinf(x) ? NaN : sin(x)

real_cos(x) = isinf(x) ? NaN : cos(x)

real_tan(x) = isinf(x) ? NaN : tan(x)

real_asin(x) = abs(x) > 1 ? NaN : asin(x)

real_acos(x) = abs(x) > 1 ? NaN : acos(x)

real_log1p(x) = x < -1 ? NaN : log1p(x)

real_log2(x) = x < 0 ? NaN : log2(x)

real_log10(x) = x < 0 ? NaN : log10(x)

function real_power(a, b)
    if a < 0 && isfinite(a) && isfinite(b) && b != trunc(b)
        return NaN
    end
    return Float64(a)^Float64(b)
end

log_slope(x) = x < 0 ? NaN : 1 / abs(x)

step_of(x) = isnan(x) ? x : Float64(x > 0)

relu(x) = x > 0 || isnan(x) ? x : 0.0

leaky_relu(x, slope) = x > 0 ? x : slope * x

elu(x) = x >= 0 ? x : expm1(x)

selu(x) = 1.0507009873554805 * (x >= 0 ? x : 1.6732632423543772 * expm1(x))

function sigmoid(x)
    e = exp(-abs(x))
    return (x >= 0 ? 1.0 : e) / (1 + e)
end

rest_of_sigmoid(x) = sigmoid(-x)  # 1 - sigmoid(x), with its digits

function slope_of_tanh(x)  # 1 - tanh(x)^2, with its digits
    e = exp(-2 * abs(x))
    return 4 * e / (1 + e)^2
end

one_less_square(x) = (1 - x) * (1 + x)  # with its digits where x is nearly 1 or -1

function erf_near(x)  # a series, for numbers from 0 to 2
    term = x
    total = x
    n = 0
    while term > 1e-18 * total
        n += 1
        term *= 2 * x * x / (2 * n + 1)
        total += term
    end
    return 1.1283791670955126 * exp(-x * x) * total
end

function erf(x)
    near = abs(x) < 2 ? erf_near(abs(x)) : isnan(x) ? x : 1 - erfc(abs(x))
    return x < 0 ? -near : near
end

function erfc(x)  # a continued fraction far out
    if isnan(x)
        return x
    elseif x < 0
        return 2 - erfc(-x)
    elseif x < 2
        return 1 - erf_near(x)
    elseif x > 28
        return 0.0
    end
    fraction = 0.0
    for n in 160:-1:1
        fraction = n / 2 / (x + fraction)
    end
    return exp(-x * x) * 0.5641895835477563 / (x + fraction)
end

normal_cdf(x) = erfc(-x * 0.7071067811865476) / 2

gelu(x) = x == -Inf ? -0.0 : x * normal_cdf(x)

function silu(x)
    half = exp(0.5 * min(x, 0.0))
    return x == -Inf ? -0.0 : x < -40 ? x * half * half : x * sigmoid(x)
end

softplus(x) = (x > 0 || isnan(x) ? x : 0.0) + log1p(exp(-abs(x)))

logaddexp(a, b) = a == b ? a + 0.6931471805599453 : max(a, b) + log1p(exp(-abs(a - b)))

softsign(x) = isinf(x) ? sign(x) : x / (1 + abs(x))

huber(r, delta) = abs(r) <= delta ? r * r / 2 : delta * (abs(r) - delta / 2)

hardsigmoid(x) = clip(x + 3.0, 0.0, 6.0) / 6

clip(x, low, high) = x < low ? Float64(low) : x > high ? Float64(high) : x

hardtanh(x) = clip(x, -1.0, 1.0)

times_log(y, p) = y == 0 && p == 0 ? 0.0 : y * real_log(p)  # 0 log 0 counts as 0

function bell(x)  # exp(-x^2/2), the square exact in two parts
    near = abs(x) > 100 ? 100.0 : x
    spread = near * 134217729.0
    high = spread - (spread - near)
    return exp(-0.5 * high * high) * exp(-0.5 * (near - high) * (near + high))
end

function gauss(x)  # exp(-x^2), the square exact in two parts
    near = abs(x) > 100 ? 100.0 : x
    spread = near * 134217729.0
    high = spread - (spread - near)
    return exp(-high * high) * exp(-(near - high) * (near + high))
end

function variance(x, axis)
    mean = sum(x; dims=axis) ./ size(x, axis)
    return sum(abs2.(x .- mean); dims=axis) ./ size(x, axis)
end

function deviation(x, axis)  # 0 where all elements are equal, though their mean may be rounded
    apart = x .- sum(x; dims=axis) ./ size(x, axis)
    same = all(x .== selectdim(x, axis, 1:1); dims=axis)
    return ifelse.(same, 0.0, length_of(apart, axis) ./ sqrt(size(x, axis)))
end

function place_of_largest(x, axis)  # counted from 0, a NaN before all
    place = argmax(ifelse.(any(isnan.(x); dims=axis), 1.0 .* isnan.(x), x); dims=axis)
    return map(each -> Float64(each[axis] - 1), place)
end

function take(x, k)  # the elements or rows with these numbers
    rows = reshape(x, size(x, 1), :)
    if k isa Number
        made = rows[Int(k) + 1, :]
        return ndims(x) == 1 ? made[1] : reshape(made, size(x)[2:end])
    end
    return reshape(rows[Int.(vec(k)) .+ 1, :], size(k)..., size(x)[2:end]...)
end

function put_rows(x, k, rows)  # zeros with values added at these numbers
    places = k isa Number ? [k] : vec(k)
    rest = k isa Number ? size(x) : size(x)[ndims(k) + 1:end]
    flat = x isa Number ? fill(x, 1, 1) : reshape(x, length(places), :)
    y = zeros(rows, size(flat, 2))
    for i in 1:length(places)
        y[Int(places[i]) + 1, :] += flat[i, :]
    end
    return reshape(y, rows, rest...)
end

function eliminated(a, b)  # a triangle, the columns beside it, and the sign of row exchanges
    a = Matrix{Float64}(a)
    b = Matrix{Float64}(b)
    n = size(a, 1)
    sign_ = 1.0
    for k in 1:n
        best = k
        for i in k:n
            best = abs(a[i, k]) > abs(a[best, k]) ? i : best
        end
        if a[best, k] == 0
            return a, b, 0.0
        end
        if best != k
            a[[k, best], :] = a[[best, k], :]
            b[[k, best], :] = b[[best, k], :]
            sign_ = -sign_
        end
        for i in k + 1:n
            factor = a[i, k] / a[k, k]
            a[i, :] -= factor * a[k, :]
            b[i, :] -= factor * b[k, :]
        end
    end
    return a, b, sign_
end

function det(x)  # written out where it is small
    n = size(x, 1)
    if n == 1
        return x[1, 1]
    elseif n == 2
        return x[1, 1] * x[2, 2] - x[1, 2] * x[2, 1]
    elseif n == 3
        one = x[2, 2] * x[3, 3] - x[2, 3] * x[3, 2]
        two = x[2, 1] * x[3, 3] - x[2, 3] * x[3, 1]
        return x[1, 1] * one - x[1, 2] * two + x[1, 3] * (x[2, 1] * x[3, 2] - x[2, 2] * x[3, 1])
    end
    a, _, sign_ = eliminated(x, zeros(n, 0))
    return sign_ == 0 ? 0.0 : sign_ * prod([a[k, k] for k in 1:n]; init=1.0)
end

function logdet(x)  # undefined where the determinant is negative
    n = size(x, 1)
    a, _, sign_ = eliminated(x, zeros(n, 0))
    if sign_ == 0
        return -Inf
    end
    negative = sign_ * prod([sign(a[k, k]) for k in 1:n]; init=1.0) < 0
    return negative ? NaN : sum([log(abs(a[k, k])) for k in 1:n]; init=0.0)
end

function cofactors(x)  # by minors, so that a singular matrix has them too
    n = size(x, 1)
    y = zeros(n, n)
    for i in 1:n, j in 1:n
        rows = [k for k in 1:n if k != i]
        columns = [k for k in 1:n if k != j]
        y[i, j] = (-1.0)^(i + j) * det(x[rows, columns])
    end
    return y
end

function solve(a, b)  # NaN where the matrix is singular
    n = size(a, 1)
    u, c, sign_ = eliminated(a, reshape(b, n, :))
    x = fill(NaN, size(c))
    for i in (sign_ == 0 ? (0:-1) : (n:-1:1)), j in 1:size(c, 2)
        left = c[i, j]
        for k in i + 1:n
            left -= u[i, k] * x[k, j]
        end
        x[i, j] = left / u[i, i]
    end
    return reshape(x, size(b))
end

function length_of(x, axis)  # scaled by a power of two, so that no square overflows
    most = maximum(abs.(x); dims=axis)
    usable = isfinite.(most) .& (most .> 0)
    power = exponent.(ifelse.(usable, most, 1.0))
    root = ldexp.(sqrt.(sum(abs2.(ldexp.(x, .-power)); dims=axis)), power)
    return ifelse.(usable, root, most)
end

function first_largest(x, axis)  # marks one element a row: the first of the largest
    reached = x .== maximum(x; dims=axis)
    return reached .& (cumsum(reached; dims=axis) .== 1)
end

function logsumexp(x, axis)  # the largest term left out of log1p
    most = maximum(x; dims=axis)
    weights = exp.(x .- ifelse.(isfinite.(most), most, 0.0))
    rest = sum(ifelse.(first_largest(x, axis), 0.0, weights); dims=axis)
    return ifelse.(isfinite.(most), most .+ log1p.(rest), most)
end

function softmax(x, axis)
    weights = exp.(x .- maximum(x; dims=axis))
    return weights ./ sum(weights; dims=axis)
end

function log_softmax(x, axis)  # the largest term left out of log1p
    shifted = x .- maximum(x; dims=axis)
    rest = sum(ifelse.(first_largest(x, axis), 0.0, exp.(shifted)); dims=axis)
    spoiled = ifelse.(any(isnan.(shifted); dims=axis), NaN, 0.0)
    return shifted .- log1p.(rest) .+ spoiled
end

function others(x, axis)  # of each element the sum of the others
    left_out = first_largest(abs.(x), axis)
    rest = sum(ifelse.(left_out, 0.0, x); dims=axis)
    return ifelse.(left_out, rest, sum(x; dims=axis) .- x)
end

function less_its_share(g, p, axis)  # g - p*sum(g), its digits kept where p is nearly 1
    if all(isfinite, g) && all(isfinite, p)
        most = first_largest(p, axis)
        rest = ifelse.(most, sum(ifelse.(most, 0.0, p); dims=axis), 1 .- p)
        return g .* rest .- p .* others(g, axis)
    end
    whole = sum(g; dims=axis)
    return g .- ifelse.(whole .== 0, 0.0, p .* whole)
end

function less_its_mean(g, p, axis)  # g - sum(p*g), its digits kept where p is nearly 1
    if all(isfinite, g) && all(isfinite, p)
        left = g .- sum(ifelse.(first_largest(p, axis), g, 0.0); dims=axis)
        return left .- sum(p .* left; dims=axis)
    end
    return g .- sum(ifelse.(g .== 0, 0.0, g .* p); dims=axis)
end

function reshaped(x, sizes)  # the elements row by row in another shape
    flat = vec(permutedims(x, Tuple(ndims(x):-1:1)))
    n = length(sizes)
    return permutedims(reshape(flat, reverse(sizes)), Tuple(n:-1:1))
end

function scatter(x, sizes, key...)  # zeros with x put at an index
    y = zeros(sizes)
    if all(k -> k isa Int, key)
        y[key...] = x
    else
        y[key...] .= x
    end
    return y
end

function pick(x, k)  # of each row the element of class k
    if k isa Number
        return x[Int(k) + 1]
    end
    rows = reshape(x, length(k), :)
    return reshape([rows[i, Int(k[i]) + 1] for i in 1:length(k)], size(k))
end

function place(x, k, classes)  # rows of zeros with x put at class k
    y = zeros(length(k), classes)
    for i in 1:length(k)
        y[i, Int(k[i]) + 1] = x isa Number ? x : x[i]
    end
    return reshape(y, size(k)..., classes)
end

function products_without(x, order)  # [.., i, j, ..]: the product without those
    n = size(x, ndims(x))
    rows = reshape(x, :, n)
    wide = ntuple(k -> n, order)
    y = zeros(size(rows, 1), wide...)
    for i in 1:size(rows, 1), at in CartesianIndices(wide)
        left_out = Tuple(at)
        if allunique(left_out)
            y[i, at] = prod([k in left_out ? 1.0 : rows[i, k] for k in 1:n])
        end
    end
    return reshape(y, size(x)[1:ndims(x) - 1]..., wide...)
end

function products(a, b, masks_a, masks_b)  # of matrices, batch by batch
    left = ndims(a) == 1 ? reshape(a, 1, :) : a
    right = ndims(b) == 1 ? reshape(b, :, 1) : b
    rank = max(ndims(left), ndims(right))
    rows, inner = size(left)[ndims(left) - 1:ndims(left)]
    columns = size(right, ndims(right))
    sa = (ntuple(k -> 1, rank - ndims(left))..., size(left)...)
    sb = (ntuple(k -> 1, rank - ndims(right))..., size(right)...)
    left = reshape(left, sa)
    right = reshape(right, sb)
    lead = ntuple(k -> max(sa[k], sb[k]), rank - 2)
    y = zeros(lead..., rows, columns)
    for at in CartesianIndices(lead)
        pa = CartesianIndex(ntuple(k -> min(at[k], sa[k]), rank - 2))
        pb = CartesianIndex(ntuple(k -> min(at[k], sb[k]), rank - 2))
        for i in 1:rows, j in 1:columns
            total = 0.0
            for k in 1:inner
                l = left[pa, i, k]
                r = right[pb, k, j]
                total += (masks_a && l == 0) || (masks_b && r == 0) ? 0.0 : l * r
            end
            y[at, i, j] = total
        end
    end
    kept = (lead..., (ndims(a) == 1 ? () : (rows,))..., (ndims(b) == 1 ? () : (columns,))...)
    return kept == () ? y[1] : reshape(y, kept)
end

function offsets(row, window)  # the place of a row's element in its window
    at = zeros(Int, length(window))
    for k in length(window):-1:1
        at[k] = row % window[k]
        row = div(row, window[k])
    end
    return Tuple(at)
end

function patches(x, window, stride, padding)  # the windows of a signal or image
    n = length(window)
    lead = size(x)[1:ndims(x) - n]
    lengths = size(x)[ndims(x) - n + 1:ndims(x)]
    counts = div.(lengths .+ 2 * padding .- window, stride) .+ 1
    y = zeros(lead..., counts..., prod(window))
    for l in CartesianIndices(lead), c in CartesianIndices(counts), row in 0:prod(window) - 1
        at = (Tuple(c) .- 1) .* stride .+ offsets(row, window) .- padding .+ 1
        if all(at .>= 1) && all(at .<= lengths)
            y[l, c, row + 1] = x[l, CartesianIndex(at)]
        end
    end
    return y
end

function unpatches(g, sizes, window, stride, padding)  # windows added up where they came from
    n = length(window)
    rank = length(sizes)
    lead = sizes[1:rank - n]
    lengths = sizes[rank - n + 1:rank]
    counts = div.(lengths .+ 2 * padding .- window, stride) .+ 1
    y = zeros(sizes)
    for l in CartesianIndices(lead), c in CartesianIndices(counts), row in 0:prod(window) - 1
        at = (Tuple(c) .- 1) .* stride .+ offsets(row, window) .- padding .+ 1
        if all(at .>= 1) && all(at .<= lengths)
            y[l, CartesianIndex(at)] += g[l, c, row + 1]
        end
    end
    return y
end
