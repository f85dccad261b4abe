using System.Globalization;
using System.Security.Cryptography;
using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Estimators.Protocol;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Estimators.Tests.Protocol;

/// <summary>The way of a published result, walked with the reference's synthetic run in its place.</summary>
public class ReproductionTests : OnGoldenPipeline
{
    [Test]
    public void The_files_of_a_recipe_are_verified_and_give_its_figures()
    {
        var options = Options(Recipe());

        var checklist = Reproduction.Check(options);
        var result = Reproduction.Execute(options, checklist);

        Assert.That(checklist.IsPublished, string.Join('\n', checklist.Files));
        Assert.That(checklist.Files.Select(file => file.Status), Is.EqualTo(new[] { FileStatus.Verified }.Concat(Enumerable.Repeat(FileStatus.Recognised, 1 + Golden.Cases.Count))));
        Assert.That((result.IsPublishedSet, result.IsPublishedProtocol, result.Deviations.Count), Is.EqualTo((true, true, 0)));
        Assert.That(result.Mean.DiceDifference, Is.Zero.Within(0.2), "per cent; the reference's log is what was 'published'");
        Assert.That(result.Mean.Hd95Difference, Is.Zero.Within(0.5));
        Assert.That(result.Organs.Select(organ => organ.DiceDifference), Is.All.Zero.Within(0.2));
        Assert.That(result.Organs.Select(organ => organ.Organ), Is.EqualTo(LabelTable.Synapse.Classes.Select(organ => organ.Name)));
        var (head, rows) = result.ToTable();
        Assert.That(rows.Select(row => row.Count), Is.All.EqualTo(head.Count));
        Assert.That(File.ReadAllText(Folder.File("out/reproduction.md")), Does.Contain("| spleen | 65.5").And.Contain("published ones as far as checksums exist"));
    }

    [Test]
    public void A_damaged_download_is_told_from_the_published_file()
    {
        var bytes = File.ReadAllBytes(Golden.Sam);
        bytes[^1000] ^= 1;
        File.WriteAllBytes(Folder.File("damaged.pth"), bytes);
        File.WriteAllBytes(Folder.File("short.pth"), bytes[..1000]);

        foreach (var name in new[] { "damaged.pth", "short.pth" })
        {
            var options = Options(Recipe()) with { SamFile = Folder.File(name) };
            var found = Reproduction.Check(options).Files[0];
            Assert.That(found.Status, Is.EqualTo(FileStatus.Different), found.Detail);
            Assert.That(() => Reproduction.Execute(options), Throws.InstanceOf<ReproductionException>().With.Message.Contains(name));
        }
        Assert.That(Directory.Exists(Folder.File("out")), Is.False);
    }

    [Test]
    public void A_converted_checkpoint_is_known_by_what_it_was_converted_from()
    {
        CheckpointConverter.Convert(Golden.Sam, Folder.File("sam.safetensors"));

        var found = Reproduction.Check(Options(Recipe()) with { SamFile = Folder.File("sam.safetensors") }).Files[0];

        Assert.That(found.Status, Is.EqualTo(FileStatus.Recognised), found.Detail);
        Assert.That(found.Detail, Does.Contain("converted").And.Contain("says").And.Contain("base_sam.pth"));
    }

    [Test]
    public void A_LoRA_file_that_this_program_wrote_is_not_the_authors_whatever_its_shape()
    {
        var own = Folder.File("own.pth");
        var architecture = SamOptions.FromJsonFile(Golden.Config);
        using (var network = SamNetwork.Create(architecture with { NumClasses = Golden.ClassCount }, new LoraOptions { Rank = Golden.LoraRank }, TorchSharp.torch.CPU, 1))
        {
            LoraCheckpoint.Save(network, own, LoraMetadata.Of(network));
        }
        var options = Options(Recipe()) with { LoraFile = own };

        var found = Reproduction.Check(options).Files[1];

        Assert.That(found.Status, Is.EqualTo(FileStatus.Different), found.Detail);
        Assert.That(found.Detail, Does.Contain("SAMed.MLNet").And.Contain("not the file of the authors"));
        Assert.That(() => Reproduction.Execute(options), Throws.InstanceOf<ReproductionException>().With.Message.Contains("own.pth"));
    }

    [Test]
    public void Options_that_the_published_figures_know_nothing_of_are_named()
    {
        var options = Options(Recipe() with { Cases = [Golden.Cases[0]] }) with
        {
            Precision = Precision.Bf16,
            Prediction = new() { Tta = TestTimeAugmentation.Flip, Postprocessing = new() { LargestComponent = true } },
        };

        var result = Reproduction.Execute(options);

        Assert.That((result.IsPublishedSet, result.IsPublishedProtocol), Is.EqualTo((true, false)));
        Assert.That(result.Deviations, Is.EqualTo(new[] { "test-time augmentation flip (--tta)", "post-processing largest (--postprocess)", "precision bf16 (--precision)" }));
        foreach (var name in new[] { "reproduction.md", "reproduction.json" })
        {
            Assert.That(File.ReadAllText(Folder.File("out/" + name)), Does.Contain("post-processing largest").And.Contain("precision bf16").And.Contain("augmentation flip"), name);
        }
    }

    [Test]
    public void Another_way_of_a_slice_to_the_network_is_named()
    {
        var found = ReproductionDeviations.Of(Options(Recipe()), new() { ImageSize = 2 * Golden.ImageSize, ZoomEdge = Transforms.ZoomEdge.Exact, Orientation = "RAS" });

        Assert.That(found.Select(words => string.Join(' ', words.Split(' ').Take(2))), Is.EqualTo(new[] { "image size", "input size", "zoom edge", "slices in" }));
    }

    [Test]
    public void Another_models_LoRA_file_is_different_and_missing_files_stop_even_where_others_are_allowed()
    {
        var asSamedS = Options(Recipe() with { Placement = LoraPlacement.EncoderDecoder }) with { AllowOtherFiles = true };
        Assert.That(Reproduction.Check(asSamedS).Files[1].Status, Is.EqualTo(FileStatus.Different));
        Assert.That(Reproduction.Check(asSamedS).Faults(allowOtherFiles: true), Is.Empty);

        var missing = asSamedS with { Cases = ["case9999"] };
        Assert.That(() => Reproduction.Execute(missing), Throws.InstanceOf<ReproductionException>().With.Message.Contains("case9999").And.Property(nameof(ReproductionException.Faults)).Count.EqualTo(1));
    }

    [Test]
    public void The_published_recipes_hold_the_figures_and_the_numbers_of_the_architectures()
    {
        var published = new[] { ReproductionRecipe.Samed, ReproductionRecipe.SamedS, ReproductionRecipe.SamedH };

        Assert.That(published.Select(recipe => (recipe.Published.MeanDice, recipe.Published.MeanHd95)), Is.EqualTo(new[] { (81.88, 20.64), (77.78, 31.72), (84.30, 16.02) }));
        foreach (var recipe in published.Where(recipe => recipe.Published.OrganDice.Count > 0))
        {
            Assert.That(recipe.Published.OrganDice.Keys, Is.EquivalentTo(LabelTable.Synapse.Classes.Select(organ => organ.Name)));
            Assert.That(recipe.Published.OrganDice.Values.Average(), Is.EqualTo(recipe.Published.MeanDice).Within(0.01), recipe.Name);
        }
        foreach (var (recipe, keys) in published.Zip(new[] { "vit_b_SAMed", "vit_b_SAMed_s", "vit_h_SAMed" }))
        {
            var shapes = File.ReadLines(TestData.Golden($"param_counts/ckpt_keys_{keys}.tsv")).Select(line => line.Split('\t')[1]).ToArray();
            Assert.That((recipe.LoraTensors, recipe.LoraElements), Is.EqualTo((shapes.Length, shapes.Sum(Elements))), recipe.Name);
        }
        Assert.That(published.Select(recipe => recipe.Cases.Count), Is.All.EqualTo(12));
    }

    private static long Elements(string shape) => shape.Trim('[', ']').Split(',').Aggregate(1L, (product, size) => product * long.Parse(size, CultureInfo.InvariantCulture));

    private ReproductionRecipe Recipe()
    {
        var lora = TensorFile.Identify(Golden.Lora);
        using var sam = File.OpenRead(Golden.Sam);
        using var expected = Imaging.Numpy.NpzFile.Open(Path.Combine(Golden.Folder, "end_to_end.npz"));
        var means = expected["mean_per_class"].ToDouble();
        return ReproductionRecipe.Samed with
        {
            Architecture = SamOptions.FromJsonFile(Golden.Config), Rank = Golden.LoraRank, Classes = Golden.ClassCount,
            LoraTensors = lora.Tensors.Count, LoraElements = lora.Tensors.Sum(tensor => tensor.Count),
            Sam = new("base_sam.pth", "https://example.org/base_sam.pth", sam.Length, Convert.ToHexString(SHA256.HashData(sam)).ToLowerInvariant()),
            Cases = Golden.Cases,
            Published = PublishedResult.Samed with
            {
                MeanDice = 100 * expected["mean_dice"].ToDouble()[0], MeanHd95 = expected["mean_hd95"].ToDouble()[0],
                OrganDice = LabelTable.Synapse.Classes.ToDictionary(organ => organ.Name, organ => 100 * means[2 * (organ.Id - 1)]),
            },
        };
    }

    private ReproductionOptions Options(ReproductionRecipe recipe) => new()
    {
        Recipe = recipe, Data = Golden.Folder, SamFile = Golden.Sam, LoraFile = Golden.Lora, Output = Folder.File("out"), Device = "cpu",
    };
}
