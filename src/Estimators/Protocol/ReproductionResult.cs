using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SAMed.MLNet.Metrics;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>Figures of one organ, or of the mean over organs, beside the published ones. Dice in per cent, distances in voxels; null where undefined or not published.</summary>
/// <param name="Organ">The organ, or <c>mean</c>.</param>
/// <param name="Dice">Dice by the paper's rule for empty masks.</param>
/// <param name="PublishedDice">The published one.</param>
/// <param name="Hd95">HD95 by the paper's rule.</param>
/// <param name="PublishedHd95">The published one.</param>
/// <param name="StrictDice">Dice with missed and invented organs counted as 0, which no publication gives.</param>
/// <param name="StrictHd95">HD95 with the image's diagonal for them.</param>
public sealed record OrganComparison(string Organ, double? Dice, double? PublishedDice, double? Hd95, double? PublishedHd95, double? StrictDice, double? StrictHd95)
{
    /// <summary>Dice minus the published one, in percentage points.</summary>
    public double? DiceDifference => Dice - PublishedDice;

    /// <summary>HD95 minus the published one, in voxels.</summary>
    public double? Hd95Difference => Hd95 - PublishedHd95;
}

/// <summary>A published result computed again.</summary>
public sealed record ReproductionResult
{
    private static readonly string[] s_head = ["organ", "Dice %", "published", "difference", "HD95 (voxel)", "published", "difference", "Dice %, strict", "HD95, strict"];

    internal static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>What was published.</summary>
    public required PublishedResult Published { get; init; }

    /// <summary>Whether every file was the published one, as far as that is known.</summary>
    public required bool IsPublishedSet { get; init; }

    /// <summary>Whether the test was run as the published one: <see cref="Deviations"/> is empty.</summary>
    public bool IsPublishedProtocol => Deviations.Count == 0;

    /// <summary>What was done in another way than for the published figures, a few words each: test-time augmentation, post-processing, precision, the way of a slice to the network.</summary>
    public required IReadOnlyList<string> Deviations { get; init; }

    /// <summary>The files, and how far they are known to be the published ones.</summary>
    public required IReadOnlyList<CheckedFile> Files { get; init; }

    /// <summary>Cases tested.</summary>
    public required IReadOnlyList<string> Cases { get; init; }

    /// <summary>Organ by organ.</summary>
    public required IReadOnlyList<OrganComparison> Organs { get; init; }

    /// <summary>The means over organs.</summary>
    public required OrganComparison Mean { get; init; }

    /// <summary>The test itself.</summary>
    public required TestProtocolResult Test { get; init; }

    /// <summary>The result as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(new { Version = ProductVersion.Text, Published, IsPublishedSet, IsPublishedProtocol, Deviations, Files, Cases, Organs, Mean }, Json) + "\n";

    /// <summary>One line per organ and one for the mean, comma separated, undefined values empty.</summary>
    public string ToCsv()
    {
        var csv = new StringBuilder("organ,dice,published_dice,dice_difference,hd95,published_hd95,hd95_difference,strict_dice,strict_hd95\n");
        foreach (var row in Organs.Append(Mean))
        {
            csv.AppendJoin(',', [ReportCsv.Quote(row.Organ), .. Values(row).Select(ProtocolScores.Exact)]).Append('\n');
        }
        return csv.ToString();
    }

    /// <summary>A Markdown table under a line that says what was compared.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {Published.Name} computed again with {ProductVersion.Text}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{Cases.Count} cases: {string.Join(", ", Cases)}. {Caveat}\nPublished: {Published.Source}.\n\n");
        var (head, rows) = ToTable();
        ProtocolScores.AppendMarkdown(text, head, rows);
        text.Append("\nDice and HD95 by the rule of test.py for empty masks, in voxels, as published; strict: missed and invented organs have Dice 0 and the image's diagonal as HD95.\n");
        return text.ToString();
    }

    /// <summary>The table as cells: a head, a row per organ, the means.</summary>
    public (IReadOnlyList<string> Head, IReadOnlyList<IReadOnlyList<string>> Rows) ToTable() =>
        (s_head, [.. Organs.Append(Mean).Select(row => (IReadOnlyList<string>)[row.Organ, .. Values(row).Select((value, column) => Cell(value, signed: column is 2 or 5))])]);

    /// <summary>How far the figures can be compared, in a sentence or two.</summary>
    public string Caveat => IsPublishedProtocol ? FilesCaveat
        : $"{FilesCaveat} The published figures were computed in another way, so these need not agree. Here: {string.Join("; ", Deviations)}.";

    private string FilesCaveat => IsPublishedSet
        ? "The files are the published ones as far as checksums exist (the authors' LoRA file and test volumes have none)."
        : "Files or cases are not the published ones, so the figures need not agree: " + string.Join("; ", Files.Where(file => file.Status == FileStatus.Different).Select(file => $"{file.What}: {file.Detail}")) + ".";

    internal static ReproductionResult Of(ReproductionOptions options, ReproductionChecklist checklist, TestProtocolResult test)
    {
        var (paper, strict, published) = (test.Metrics.Paper, test.Metrics.Strict, options.Recipe.Published);
        return new()
        {
            Published = published,
            IsPublishedSet = checklist.IsPublished,
            Deviations = ReproductionDeviations.Of(options, test.Preprocessing),
            Files = checklist.Files,
            Cases = [.. paper.Cases.Select(scores => scores.Case)],
            Organs = [.. paper.Organs.Zip(strict.Organs, (ours, counted) => new OrganComparison(ours.Name, 100 * ours.Dice.Mean,
                published.OrganDice.TryGetValue(ours.Name, out var dice) ? dice : null, ours.Hd95.Mean, null, 100 * counted.Dice.Mean, counted.Hd95.Mean))],
            Mean = new("mean", 100 * paper.MeanDice, published.MeanDice, paper.MeanHd95, published.MeanHd95, 100 * strict.MeanDice, strict.MeanHd95),
            Test = test,
        };
    }

    private static double?[] Values(OrganComparison row) =>
        [row.Dice, row.PublishedDice, row.DiceDifference, row.Hd95, row.PublishedHd95, row.Hd95Difference, row.StrictDice, row.StrictHd95];

    private static string Cell(double? value, bool signed) => value?.ToString(signed ? "+0.00;-0.00;0.00" : "0.00", CultureInfo.InvariantCulture) ?? "";
}
