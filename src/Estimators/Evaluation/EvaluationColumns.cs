namespace SAMed.MLNet.Estimators.Evaluation;

/// <summary>The columns that evaluation reads. The defaults are the names that <c>LoadSlices</c> and the trainer give.</summary>
public sealed record EvaluationColumns
{
    /// <summary>True class ids of a slice, Vector&lt;Byte&gt;, row-major.</summary>
    public string Label { get; init; } = "Label";

    /// <summary>Predicted class ids of the slice, Vector&lt;Byte&gt;, of the same size.</summary>
    public string PredictedLabel { get; init; } = "PredictedLabel";

    /// <summary>Name of the case (patient) that the slice is of, Text.</summary>
    public string Case { get; init; } = "Case";

    /// <summary>Number of the slice in its case, Int32: neighbours differ by 1. The smallest of a case is its first slice, whatever its number.</summary>
    public string Slice { get; init; } = "Slice";

    /// <summary>Rows of the slice, Int32. Not needed where the type of one of the label columns has two known dimensions.</summary>
    public string Height { get; init; } = "Height";

    /// <summary>Columns of the slice, Int32, likewise.</summary>
    public string Width { get; init; } = "Width";

    /// <summary>Distance of neighbouring columns in mm, Single. The spacing is read with <see cref="Metrics.DistanceUnit.Millimetre"/> only.</summary>
    public string SpacingX { get; init; } = "SpacingX";

    /// <summary>Distance of neighbouring rows in mm, Single.</summary>
    public string SpacingY { get; init; } = "SpacingY";

    /// <summary>Distance of neighbouring slices in mm, Single.</summary>
    public string SpacingZ { get; init; } = "SpacingZ";
}
