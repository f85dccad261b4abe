namespace SAMed.MLNet.Imaging.Phantoms;

/// <summary>A smooth, slightly irregular ellipsoid in body coordinates: u to the patient's right, v to the front (both ±1 at the skin), w from 0 (lowest slice) to 1.</summary>
internal sealed class Blob
{
    // Three waves of about one period over the blob bend its surface without tearing it.
    private readonly (double U, double V, double W, double Phase)[] _waves;
    private readonly double _sin;
    private readonly double _cos;
    private readonly double _irregularity;

    public Blob(double u, double v, double w, double radiusU, double radiusV, double radiusW, double degrees, double irregularity, PhantomRandom random)
    {
        (U, V, W, RadiusU, RadiusV, RadiusW, _irregularity) = (u, v, w, radiusU, radiusV, radiusW, irregularity);
        (_sin, _cos) = Math.SinCos(degrees * Math.PI / 180);
        _waves = [Wave(random), Wave(random), Wave(random)];
    }

    public double U { get; }

    public double V { get; }

    public double W { get; }

    public double RadiusU { get; }

    public double RadiusV { get; }

    public double RadiusW { get; }

    /// <summary>Half the size of a box in (u, v, w) that holds the blob.</summary>
    public (double U, double V, double W) Reach
    {
        get
        {
            var swell = 1 / Math.Sqrt(1 - _irregularity);
            var inPlane = Math.Max(RadiusU, RadiusV);
            var turned = Math.Abs(_sin) > 1e-9;
            return ((turned ? inPlane : RadiusU) * swell, (turned ? inPlane : RadiusV) * swell, RadiusW * swell);
        }
    }

    public bool Contains(double u, double v, double w)
    {
        double du = u - U, dv = v - V;
        var a = ((du * _cos) + (dv * _sin)) / RadiusU;
        var b = ((dv * _cos) - (du * _sin)) / RadiusV;
        var c = (w - W) / RadiusW;
        var distance = (a * a) + (b * b) + (c * c);
        if (distance >= 1 / (1 - _irregularity))
        {
            return false;
        }
        var bend = 0.0;
        foreach (var wave in _waves)
        {
            bend += Math.Sin((wave.U * a) + (wave.V * b) + (wave.W * c) + wave.Phase);
        }
        return distance * (1 + (_irregularity * bend / _waves.Length)) < 1;
    }

    private static (double U, double V, double W, double Phase) Wave(PhantomRandom random) =>
        (random.Around(3.2), random.Around(3.2), random.Around(2.4), random.Between(0, 2 * Math.PI));
}
