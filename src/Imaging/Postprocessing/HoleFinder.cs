namespace SAMed.MLNet.Imaging.Postprocessing;

/// <summary>Finds which components of the background one label encloses.</summary>
internal sealed class HoleFinder(LabelVolume labels, ComponentRuns background)
{
    // Of a component: not yet seen beside any label, open (at the volume's edge, or beside two labels), else the one label that it lies beside.
    private const int Unseen = -1;
    private const int Open = 0;
    private readonly int[] _beside = Enumerable.Repeat(Unseen, background.ComponentCount).ToArray();

    /// <summary>The label around each component, 0 for a component that is no hole.</summary>
    public ushort[] EnclosingLabels()
    {
        for (var run = 0; run < background.Runs.Length; run++)
        {
            if (TouchesEdge(background.Runs[run]))
            {
                _beside[background.ComponentOfRun[run]] = Open;
            }
        }
        for (var run = 0; run < background.Runs.Length; run++)
        {
            if (_beside[background.ComponentOfRun[run]] != Open)
            {
                LookAround(background.Runs[run], background.ComponentOfRun[run]);
            }
        }
        return Array.ConvertAll(_beside, label => (ushort)Math.Max(label, Open));
    }

    private bool TouchesEdge(VoxelRun run)
    {
        var grid = labels.Geometry;
        var (z, y) = Math.DivRem(run.Row, grid.Height);
        return run.Start == 0 || run.End == grid.Width || y == 0 || y == grid.Height - 1 || (grid.Depth > 1 && (z == 0 || z == grid.Depth - 1));
    }

    private void LookAround(VoxelRun run, int component)
    {
        var row = Row(run.Row);
        Meet(component, row[run.Start - 1]);
        Meet(component, row[run.End]);
        Meet(component, Row(run.Row - 1)[run.Start..run.End]);
        Meet(component, Row(run.Row + 1)[run.Start..run.End]);
        if (labels.Geometry.Depth > 1)
        {
            Meet(component, Row(run.Row - labels.Geometry.Height)[run.Start..run.End]);
            Meet(component, Row(run.Row + labels.Geometry.Height)[run.Start..run.End]);
        }
    }

    private ReadOnlySpan<ushort> Row(int row) => labels.Voxels.AsSpan(row * labels.Geometry.Width, labels.Geometry.Width);

    private void Meet(int component, ReadOnlySpan<ushort> neighbours)
    {
        foreach (var label in neighbours)
        {
            Meet(component, label);
        }
    }

    private void Meet(int component, ushort label)
    {
        if (label != 0 && _beside[component] != label)
        {
            _beside[component] = _beside[component] == Unseen ? label : Open;
        }
    }
}
