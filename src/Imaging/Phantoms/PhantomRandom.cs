namespace SAMed.MLNet.Imaging.Phantoms;

/// <summary>SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers on every machine and runtime version.</summary>
internal sealed class PhantomRandom(ulong state)
{
    private ulong _state = state;
    private double _spareNormal = double.NaN;

    /// <summary>A generator of its own for one purpose, so that adding a draw to one part leaves the others unchanged.</summary>
    public static PhantomRandom For(int seed, ulong purpose) => new(Mix(((ulong)(uint)seed << 32) ^ (purpose * 0xD1342543DE82EF95UL)));

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble()
    {
        _state += 0x9E3779B97F4A7C15UL;
        return (Mix(_state) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>Uniform in [low, high).</summary>
    public double Between(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>Uniform in [-amount, amount).</summary>
    public double Around(double amount) => Between(-amount, amount);

    /// <summary>Standard normal (Box–Muller, both values used).</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spareNormal))
        {
            var spare = _spareNormal;
            _spareNormal = double.NaN;
            return spare;
        }
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        var (sin, cos) = Math.SinCos(2 * Math.PI * NextDouble());
        _spareNormal = radius * sin;
        return radius * cos;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
