using System.Globalization;
using System.Text.Json;

namespace SAMed.MLNet.Metrics.Tests;

public class SegmentationReportTests
{
    private static readonly CaseScores[] Cases =
    [
        new("a", [Found(1, "spleen", 0.9, 3.3), new(2, "left, \"kidney\"", 0, 50, 50, 50, 0, 10, 0)]),
        new("b", [Found(1, "spleen", 0.8, 1.1), new(2, "left, \"kidney\"", null, null, null, null, null, 0, 0)]),
        new("c", [Found(1, "spleen", 0.4, 7.0), new(2, "left, \"kidney\"", null, null, null, null, null, 0, 0)]),
    ];

    [Test]
    public void Means_leave_undefined_values_out_and_count_what_was_missed()
    {
        var report = new SegmentationReport(Cases, new());
        Assert.Multiple(() =>
        {
            Assert.That(report.Organs[0].Dice.Mean, Is.EqualTo(0.7).Within(1e-12));
            Assert.That(report.Organs[0].Dice.Std, Is.EqualTo(Math.Sqrt((0.04 + 0.01 + 0.09) / 2)).Within(1e-12));
            Assert.That(report.Organs[0].Dice.N, Is.EqualTo(3));
            Assert.That(report.Organs[1].Dice, Is.EqualTo(new Summary(0, null, null, null, 1)));
            Assert.That((report.Organs[1].Missed, report.Organs[1].Invented, report.Organs[0].Missed), Is.EqualTo((1, 0, 0)));
            Assert.That(report.MeanDice, Is.EqualTo(0.35).Within(1e-12));
            Assert.That(report.MeanHd95, Is.EqualTo((3.8 + 50) / 2).Within(1e-12));
        });
    }

    [Test]
    public void Confidence_intervals_hold_the_mean_and_depend_on_the_seed_only()
    {
        var dice = new SegmentationReport(Cases, new()).Organs[0].Dice;
        Assert.Multiple(() =>
        {
            Assert.That(dice.CiLow, Is.InRange(0.4, dice.Mean!));
            Assert.That(dice.CiHigh, Is.InRange(dice.Mean!, 0.9));
            Assert.That(new SegmentationReport(Cases, new()).Organs[0].Dice, Is.EqualTo(dice));
        });
    }

    [Test]
    public void The_interval_of_many_cases_is_near_the_normal_one()
    {
        var cases = Enumerable.Range(0, 200).Select(i => new CaseScores($"{i}", [Found(1, "spleen", (i % 20) / 20.0, 1)])).ToArray();
        var dice = new SegmentationReport(cases, new() { BootstrapSamples = 5000 }).Organs[0].Dice;
        var halfWidth = 1.96 * dice.Std!.Value / Math.Sqrt(200);
        Assert.That(dice.CiLow, Is.EqualTo(dice.Mean - halfWidth).Within(0.004));
        Assert.That(dice.CiHigh, Is.EqualTo(dice.Mean + halfWidth).Within(0.004));
        var other = new SegmentationReport(cases, new() { BootstrapSamples = 5000, Seed = 5 }).Organs[0].Dice;
        Assert.That((other.Mean, other.CiLow), Is.Not.EqualTo((dice.Mean, dice.CiLow)));
    }

    [Test]
    public void Json_has_the_documented_shape()
    {
        using var json = JsonDocument.Parse(new SegmentationReport(Cases, new() { Unit = DistanceUnit.Voxel }).ToJson());
        var root = json.RootElement;
        var (kidneyOfB, spleen) = (root.GetProperty("cases")[1].GetProperty("organs")[1], root.GetProperty("organs")[0]);
        Assert.Multiple(() =>
        {
            Assert.That(Keys(root), Is.EqualTo(new[] { "policy", "spacing", "cases", "organs", "mean" }));
            Assert.That((root.GetProperty("policy").GetString(), root.GetProperty("spacing").GetString()), Is.EqualTo(("strict", "voxel")));
            Assert.That(Keys(root.GetProperty("cases")[0]), Is.EqualTo(new[] { "case", "organs" }));
            Assert.That(Keys(kidneyOfB), Is.EqualTo(new[] { "id", "name", "dice", "hd", "hd95", "assd", "nsd", "referenceVoxels", "predictedVoxels" }));
            Assert.That(kidneyOfB.GetProperty("hd95").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(root.GetProperty("cases")[0].GetProperty("organs")[0].GetProperty("hd95").GetDouble(), Is.EqualTo(3.3));
            Assert.That(Keys(spleen), Is.EqualTo(new[] { "id", "name", "dice", "hd", "hd95", "assd", "nsd", "missed", "invented" }));
            Assert.That(Keys(spleen.GetProperty("dice")), Is.EqualTo(new[] { "mean", "std", "ci95", "n" }));
            Assert.That(spleen.GetProperty("dice").GetProperty("ci95").GetArrayLength(), Is.EqualTo(2));
            Assert.That(root.GetProperty("organs")[1].GetProperty("dice").GetProperty("ci95")[0].ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(Keys(root.GetProperty("mean")), Is.EqualTo(new[] { "dice", "hd95" }));
        });
    }

    [Test]
    public void Json_of_no_case_is_still_json()
    {
        using var json = JsonDocument.Parse(new SegmentationReport([], new() { Policy = EmptyMaskPolicy.Paper }).ToJson());
        Assert.That(json.RootElement.GetProperty("mean").GetProperty("dice").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(json.RootElement.GetProperty("policy").GetString(), Is.EqualTo("paper"));
    }

    [Test]
    public void Csv_has_a_line_per_case_and_organ()
    {
        var lines = new SegmentationReport(Cases, new()).ToCsv().TrimEnd('\n').Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(lines, Has.Length.EqualTo(7));
            Assert.That(lines[0], Is.EqualTo("case,id,name,dice,hd,hd95,assd,nsd,referenceVoxels,predictedVoxels"));
            Assert.That(lines[1], Is.EqualTo("a,1,spleen,0.9,4.3,3.3,1,0.5,100,90"));
            Assert.That(lines[4], Is.EqualTo("b,2,\"left, \"\"kidney\"\"\",,,,,,0,0"));
        });
    }

    [Test]
    public void No_output_follows_the_culture()
    {
        var report = new SegmentationReport(Cases, new());
        string[] Outputs() => [report.ToJson(), report.ToCsv(), report.ToMarkdown()];
        var expected = Outputs();
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NegativeSign = "~";
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.That(Outputs(), Is.EqualTo(expected));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void Markdown_names_unit_intervals_and_counts()
    {
        var text = new SegmentationReport(Cases, new()).ToMarkdown();
        Assert.That(text, Does.Contain("HD95 (mm)").And.Contain("NSD at 3 mm").And.Contain("| spleen | 0.7000 [").And.Contain("| **Mean** | **0.3500** |"));
        Assert.That(text, Does.Contain("| left, \"kidney\" | 0.0000 | 50.00 | 50.00 | 50.00 | 0.0000 | 1 | 1 | 0 |"));
    }

    [Test]
    public void One_id_under_two_names_is_refused() => Assert.That(
        () => new SegmentationReport([new("a", [Found(1, "spleen", 1, 0)]), new("b", [Found(1, "liver", 1, 0)])], new()),
        Throws.ArgumentException.With.Message.Contains("spleen").And.Message.Contains("liver"));

    private static string[] Keys(JsonElement element) => [.. element.EnumerateObject().Select(property => property.Name)];

    private static OrganScore Found(int id, string name, double dice, double hd95) => new(id, name, dice, hd95 + 1, hd95, 1, 0.5, 100, 90);
}
