namespace SAMed.MLNet.Imaging.Phantoms;

/// <summary>Where the patient lies on the grid, and the shells of the trunk: skin and fat, muscle, abdominal cavity.</summary>
internal sealed class BodyFrame
{
    private const double RightLeftOverFrontBack = 1.36;
    private readonly double _columnOfCentre;
    private readonly double _rowOfCentre;
    private readonly double _columnsPerU;
    private readonly double _rowsPerV;
    private readonly double _shiftW;
    private readonly double _scaleW;
    private readonly double _fat;
    private readonly double _muscle;
    private readonly int _depth;

    public BodyFrame(PhantomOptions options, PhantomRandom random)
    {
        var vary = options.AnatomyVariation;
        var fieldXMm = options.Width * options.SpacingXMm;
        var fieldYMm = options.Height * options.SpacingYMm;
        var halfWidthMm = 0.43 * Math.Min(fieldXMm, fieldYMm * RightLeftOverFrontBack) * (1 + random.Around(0.045 * vary));
        var halfHeightMm = halfWidthMm / (RightLeftOverFrontBack * (1 + random.Around(0.05 * vary)));
        _columnsPerU = halfWidthMm / options.SpacingXMm;
        _rowsPerV = halfHeightMm / options.SpacingYMm;
        _columnOfCentre = ((options.Width - 1) * 0.5) + (options.Width * random.Around(0.015 * vary));
        _rowOfCentre = ((options.Height - 1) * 0.52) + (options.Height * random.Around(0.015 * vary));
        _shiftW = random.Around(0.03 * vary);
        _scaleW = 1 + random.Around(0.04 * vary);
        _fat = 0.12 + random.Around(0.05 * vary);
        _muscle = 0.075 + random.Around(0.015 * vary);
        _depth = options.Depth;
    }

    public double U(double column) => (column - _columnOfCentre) / _columnsPerU;

    public double V(double row) => (row - _rowOfCentre) / _rowsPerV;

    public double W(double slice) => 0.5 + (((((slice + 0.5) / _depth) - 0.5) * _scaleW) + _shiftW);

    public double Column(double u) => _columnOfCentre + (u * _columnsPerU);

    public double Row(double v) => _rowOfCentre + (v * _rowsPerV);

    public double Slice(double w) => ((((w - 0.5 - _shiftW) / _scaleW) + 0.5) * _depth) - 0.5;

    /// <summary>0 at the centre of the trunk, 1 at the skin: a superellipse, flatter in front and behind than an ellipse.</summary>
    public static double Radius(double u, double v) => Math.Pow(Math.Pow(Math.Abs(u), 2.4) + Math.Pow(Math.Abs(v), 2.4), 1 / 2.4);

    public Shell ShellAt(double u, double v)
    {
        var radius = Radius(u, v);
        return radius >= 1 ? Shell.Outside : radius >= 1 - _fat ? Shell.Fat : radius >= 1 - _fat - _muscle ? Shell.Muscle : Shell.Cavity;
    }
}

/// <summary>The shells of the trunk from outside in.</summary>
internal enum Shell : byte
{
    Outside,
    Fat,
    Muscle,
    Cavity,
}
