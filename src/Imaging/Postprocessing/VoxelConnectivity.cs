namespace SAMed.MLNet.Imaging.Postprocessing;

/// <summary>Which voxels of one label count as neighbours, and so belong to one component.</summary>
public enum VoxelConnectivity
{
    /// <summary>Those that share a face: 6 in a volume, 4 in a single slice.</summary>
    Faces = 6,

    /// <summary>Those that share a face, an edge or a corner: 26 in a volume, 8 in a single slice.</summary>
    Corners = 26,
}
