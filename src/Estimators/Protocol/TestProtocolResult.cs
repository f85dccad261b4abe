using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Records;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>What a run of the test protocol found, by both rules for empty masks.</summary>
public sealed record TestProtocolResult
{
    /// <summary>The scores: <see cref="SegmentationMetrics.Paper"/> as test.py computes them, <see cref="SegmentationMetrics.Strict"/> with missed and invented organs counted as such.</summary>
    public required SegmentationMetrics Metrics { get; init; }

    /// <summary>The log in the reference's format.</summary>
    public required string LogFile { get; init; }

    /// <summary>Folder of the saved volumes; null when none were asked for.</summary>
    public required string? Predictions { get; init; }

    /// <summary>The SAM file that was used; null when the LoRA file brings its own image encoder.</summary>
    public required string? SamFile { get; init; }

    /// <summary>The LoRA file.</summary>
    public required string LoraFile { get; init; }

    /// <summary>The way of a slice to the network, as it was taken; its window holds for files with a geometry, and for others where the model was trained so.</summary>
    public required PreprocessingOptions Preprocessing { get; init; }

    /// <summary>With what the model was run.</summary>
    public required EffectiveSettings Settings { get; init; }

    /// <summary>Wall-clock time from loading the model on.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Both reports as JSON:
    /// <code>{"lora","sam","paper":{report},"strict":{report}}</code> with <see cref="SegmentationReport.ToJson"/>'s reports.</summary>
    public string ToJson() => ProtocolScores.ToJson(this);

    /// <summary>One line per case and organ with the scores of both rules, comma separated, undefined values empty.</summary>
    public string ToCsv() => ProtocolScores.ToCsv(Metrics);

    /// <summary>A Markdown table of the organs, both rules side by side.</summary>
    public string ToMarkdown() => ProtocolScores.ToMarkdown(Metrics);

    /// <summary>The table of <see cref="ToMarkdown"/> as cells: a head, a row per organ, and the means over organs.</summary>
    public (IReadOnlyList<string> Head, IReadOnlyList<IReadOnlyList<string>> Rows) ToTable() => (ProtocolScores.Head(Metrics.Options.Unit), [.. ProtocolScores.Rows(Metrics)]);
}
