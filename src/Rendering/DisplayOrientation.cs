namespace SAMed.MLNet.Rendering;

/// <summary>How a slice is turned for the eye.</summary>
public enum DisplayOrientation
{
    /// <summary><see cref="Radiological"/> when the affine places the volume in the patient; <see cref="AsStored"/> when it only scales with its origin at 0, as volumes from
    /// files without geometry do.</summary>
    Auto = 0,

    /// <summary>As radiologists read: patient's right on the left, front (axial) or head (coronal, sagittal) at the top, by the affine's axis codes.</summary>
    Radiological = 1,

    /// <summary>Rows downwards and columns to the right, as the array lies in memory.</summary>
    AsStored = 2,
}
