using System.Globalization;
using CsCheck;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Metrics.Tests;

public class SegmentationMetricsTests
{
    private static readonly LabelClass[] Organs = [new(1, "spleen"), new(2, "liver"), new(3, "aorta")];

    [Test]
    public void Both_policies_agree_with_scoring_under_each() => Gen.Byte[0, 3].Array[2 * 3 * 4 * 5].Sample(
        ids =>
        {
            var (prediction, reference) = (Scenes.Empty(3, 4, 5, 1.5), Scenes.Empty(3, 4, 5, 1.5));
            for (var i = 0; i < 60; i++)
            {
                // Mostly background, so that organs are missing in one, in both, or in none.
                (prediction.Voxels[i], reference.Voxels[i]) = (i % 17 == 0 ? ids[i] : (ushort)0, i % 13 == 0 ? ids[60 + i] : (ushort)0);
            }
            foreach (var policy in Enum.GetValues<EmptyMaskPolicy>())
            {
                var options = new MetricOptions { Policy = policy };
                var metrics = new SegmentationMetrics([OrganScorer.Measure("a", prediction, reference, Organs, options)], Organs, options);
                var expected = new SegmentationReport([OrganScorer.Score("a", prediction, reference, Organs, options)], options);
                Assert.That((policy == EmptyMaskPolicy.Paper ? metrics.Paper : metrics.Strict).ToJson(), Is.EqualTo(expected.ToJson()));
                Assert.That(metrics.Report.ToJson(), Is.EqualTo(expected.ToJson()));
            }
        },
        iter: 200);

    [Test]
    public void Members_follow_the_policy_of_the_options()
    {
        var (strict, paper) = (Metrics(new()), Metrics(new() { Policy = EmptyMaskPolicy.Paper }));
        Assert.Multiple(() =>
        {
            // Dice of spleen 1 and 0.8, liver missed once and found once, aorta in neither.
            Assert.That(strict.MeanDice, Is.EqualTo((0.9 + 0.5) / 2).Within(1e-12));
            Assert.That(paper.MeanDice, Is.EqualTo((0.9 + 0.5 + 0) / 3).Within(1e-12));
            Assert.That(strict.MeanHd95, Is.EqualTo(strict.Strict.MeanHd95));
            Assert.That(paper.MeanHd95, Is.EqualTo(strict.Paper.MeanHd95).And.Not.EqualTo(strict.MeanHd95));
            Assert.That(strict.PerOrgan.Select(organ => organ.Name), Is.EqualTo(new[] { "spleen", "liver", "aorta" }));
            Assert.That(strict.PerOrgan[1].Missed, Is.EqualTo(1));
            Assert.That(strict.PerCase.Select(scores => scores.Case), Is.EqualTo(new[] { "a", "b" }));
            Assert.That(strict.Classes, Is.EqualTo(Organs));
        });
    }

    [Test]
    public void The_data_frame_has_a_row_per_case_and_organ_and_null_where_undefined()
    {
        var frame = Metrics(new()).ToDataFrame();
        Assert.Multiple(() =>
        {
            Assert.That(frame.Columns.Select(column => column.Name), Is.EqualTo(new[]
            {
                "Case", "Id", "Organ", "Policy", "Dice", "Hd", "Hd95", "Assd", "Nsd", "ReferenceVoxels", "PredictedVoxels", "Missed", "Invented",
            }));
            Assert.That(frame.Rows.Count, Is.EqualTo(6));
            Assert.That(frame.Rows[4].ToArray(), Is.EqualTo(new object?[] { "b", 2, "liver", "strict", 0.0, Diagonal, Diagonal, Diagonal, 0.0, 4, 0, true, false }));
            Assert.That(frame.Rows[5].ToArray(), Is.EqualTo(new object?[] { "b", 3, "aorta", "strict", null, null, null, null, null, 0, 0, false, false }));
        });
    }

    [Test]
    public void The_data_frame_of_the_other_policy_is_there_for_the_asking()
    {
        var frame = Metrics(new()).ToDataFrame(EmptyMaskPolicy.Paper);
        Assert.That(frame.Rows[4].ToArray(), Is.EqualTo(new object?[] { "b", 2, "liver", "paper", 0.0, null, 0.0, null, null, 4, 0, true, false }));
        Assert.That(((Microsoft.Data.Analysis.PrimitiveDataFrameColumn<double>)frame["Dice"]).Mean(), Is.EqualTo((1 + 0.8 + 1 + 0 + 0 + 0) / 6).Within(1e-12));
    }

    [Test]
    public void The_summary_frame_has_a_row_per_organ()
    {
        var metrics = Metrics(new());
        var (frame, spleen) = (metrics.ToSummaryDataFrame(), metrics.PerOrgan[0]);
        Assert.Multiple(() =>
        {
            Assert.That(frame.Rows.Count, Is.EqualTo(3));
            Assert.That(frame.Columns, Has.Count.EqualTo(2 + (5 * 5) + 2));
            Assert.That(frame["Dice"][0], Is.EqualTo(spleen.Dice.Mean));
            Assert.That((frame["DiceStd"][0], frame["DiceCiLow"][0], frame["DiceCiHigh"][0], frame["DiceN"][0]),
                Is.EqualTo(((object)spleen.Dice.Std!, (object)spleen.Dice.CiLow!, (object)spleen.Dice.CiHigh!, (object)2)));
            Assert.That(frame["Hd95"][2], Is.Null);
            Assert.That(frame["Missed"][1], Is.EqualTo(1));
        });
    }

    [Test]
    public void The_table_is_aligned_and_holds_both_means()
    {
        var lines = Metrics(new()).ToString().TrimEnd('\n').Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(lines[0], Is.EqualTo("cases: 2, missed organs: 1, invented: 0; empty masks by the strict policy, NSD within 3 mm"));
            Assert.That(lines[1], Does.StartWith("organ ").And.Contain("HD95 (mm)").And.EndWith("invented"));
            Assert.That(lines[3], Does.StartWith("spleen ").And.Contain("0.9000 [0.8000, 1.0000]"));
            Assert.That(lines[5], Does.StartWith("aorta ").And.EndWith("0         0"));
            Assert.That(lines[7], Does.StartWith("mean, strict policy").And.Contain("0.7000"));
            Assert.That(lines[8], Does.StartWith("mean, paper policy").And.Contain("0.4667"));
            Assert.That(lines[3..6].Append(lines[1]).Append(lines[2]).Select(line => line.Length), Is.All.EqualTo(lines[1].Length));
            Assert.That(Metrics(new() { Unit = DistanceUnit.Voxel }).ToString(), Does.Contain("HD95 (voxel)").And.Contain("NSD within 1 voxel"));
        });
    }

    [Test]
    public void The_table_does_not_follow_the_culture()
    {
        var expected = Metrics(new()).ToString();
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.That(Metrics(new()).ToString(), Is.EqualTo(expected));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static double Diagonal => Math.Sqrt((8 * 8) + (10 * 10) + (12 * 12));

    private static SegmentationMetrics Metrics(MetricOptions options)
    {
        LabelVolume Reference() => Scenes.Empty(spacing: 2).WithBox(1, 0, 0, 0, 1, 2, 3).WithBox(2, 2, 0, 0, 3, 2, 2);
        var halfMissed = Scenes.Empty(spacing: 2).WithBox(1, 0, 0, 1, 1, 2, 3);
        return new([
            OrganScorer.Measure("a", Reference(), Reference(), Organs, options),
            OrganScorer.Measure("b", halfMissed, Reference(), Organs, options),
        ], Organs, options);
    }
}
