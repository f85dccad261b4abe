namespace SAMed.MLNet.Imaging.Phantoms;

/// <summary>One scanner's look: sharpness, correlated noise, shading, HU offset. Works in place on HU voxels.</summary>
internal sealed class Scanner
{
    private const float MinHu = -1024;
    private const float MaxHu = 3071;
    private readonly PhantomRandom _random;
    private readonly double _noiseHu;
    private readonly double _blurVoxels;
    private readonly double _noiseBlurVoxels;
    private readonly double _offsetHu;
    private readonly double _shadingHu;

    public Scanner(PhantomOptions options, PhantomRandom random)
    {
        var vary = options.ScannerVariation;
        _random = random;
        _noiseHu = options.NoiseHu * Math.Max(0, 1 + random.Around(0.4 * vary));
        _blurVoxels = 0.6 + random.Around(0.2 * vary);
        _noiseBlurVoxels = 0.5 + random.Around(0.25 * vary);
        _offsetHu = random.Around(5 * vary);
        _shadingHu = 5 + random.Around(4 * vary);
    }

    public void Scan(Volume<float> hu)
    {
        Blur(hu, _blurVoxels);
        Shade(hu);
        AddNoise(hu);
        for (var voxel = 0; voxel < hu.Voxels.Length; voxel++)
        {
            hu.Voxels[voxel] = Math.Clamp(MathF.Round(hu.Voxels[voxel]), MinHu, MaxHu);
        }
    }

    // Beam hardening and scatter shift soft tissue slowly across the field; air stays air.
    private void Shade(Volume<float> hu)
    {
        var grid = hu.Geometry;
        double phaseX = _random.Between(0, 2 * Math.PI), phaseY = _random.Between(0, 2 * Math.PI), phaseZ = _random.Between(0, 2 * Math.PI);
        for (var z = 0; z < grid.Depth; z++)
        {
            var alongZ = 0.5 * Math.Sin((Math.PI * z / grid.Depth) + phaseZ);
            var slice = hu.Slice(z);
            for (var y = 0; y < grid.Height; y++)
            {
                var alongY = Math.Cos((1.5 * Math.PI * y / grid.Height) + phaseY) + alongZ;
                for (var x = 0; x < grid.Width; x++)
                {
                    ref var voxel = ref slice[(y * grid.Width) + x];
                    if (voxel > -500)
                    {
                        voxel += (float)(_offsetHu + (_shadingHu * 0.5 * (Math.Cos((1.5 * Math.PI * x / grid.Width) + phaseX) + alongY)));
                    }
                }
            }
        }
    }

    private void AddNoise(Volume<float> hu)
    {
        if (_noiseHu == 0)
        {
            return;
        }
        var noise = new Volume<float>(hu.Geometry);
        for (var voxel = 0; voxel < noise.Voxels.Length; voxel++)
        {
            noise.Voxels[voxel] = (float)_random.NextNormal();
        }
        Blur(noise, _noiseBlurVoxels);
        var power = 0.0;
        foreach (var value in noise.Voxels)
        {
            power += value * (double)value;
        }
        var gain = (float)(_noiseHu / Math.Sqrt(power / noise.Voxels.Length));
        for (var voxel = 0; voxel < noise.Voxels.Length; voxel++)
        {
            hu.Voxels[voxel] += gain * noise.Voxels[voxel];
        }
    }

    // In-plane Gaussian of five taps; the edge value continues beyond the edge.
    private static void Blur(Volume<float> volume, double sigmaVoxels)
    {
        var grid = volume.Geometry;
        Span<float> taps = [1, (float)Math.Exp(-0.5 / (sigmaVoxels * sigmaVoxels)), (float)Math.Exp(-2 / (sigmaVoxels * sigmaVoxels))];
        var sum = taps[0] + (2 * taps[1]) + (2 * taps[2]);
        var line = new float[Math.Max(grid.Width, grid.Height)];
        for (var z = 0; z < grid.Depth; z++)
        {
            var slice = volume.Slice(z);
            for (var y = 0; y < grid.Height; y++)
            {
                BlurLine(slice[(y * grid.Width)..], grid.Width, 1, taps, sum, line);
            }
            for (var x = 0; x < grid.Width; x++)
            {
                BlurLine(slice[x..], grid.Height, grid.Width, taps, sum, line);
            }
        }
    }

    private static void BlurLine(Span<float> values, int count, int stride, ReadOnlySpan<float> taps, float sum, float[] line)
    {
        for (var index = 0; index < count; index++)
        {
            line[index] = values[index * stride];
        }
        var last = count - 1;
        for (var index = 0; index < count; index++)
        {
            var near = line[Math.Max(index - 1, 0)] + line[Math.Min(index + 1, last)];
            var far = line[Math.Max(index - 2, 0)] + line[Math.Min(index + 2, last)];
            values[index * stride] = ((taps[0] * line[index]) + (taps[1] * near) + (taps[2] * far)) / sum;
        }
    }
}
