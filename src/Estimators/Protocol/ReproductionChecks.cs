using System.Globalization;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Checkpoints;

namespace SAMed.MLNet.Estimators.Protocol;

/// <summary>Looks at each file that a published result needs.</summary>
internal static class ReproductionChecks
{
    public static ReproductionChecklist Run(ReproductionOptions options, CancellationToken cancellationToken)
    {
        List<CheckedFile> files = [Sam(options.Recipe.Sam, options.SamFile), Lora(options.Recipe, options.LoraFile)];
        if (!options.TestedCases.SequenceEqual(options.Recipe.Cases))
        {
            files.Add(new("list of cases", options.Data, FileStatus.Different,
                string.Create(CultureInfo.InvariantCulture, $"{options.TestedCases.Count} cases, published are the figures of {options.Recipe.Cases.Count}: {string.Join(", ", options.Recipe.Cases)}"), options.Recipe.Data.Url));
        }
        foreach (var name in options.TestedCases)
        {
            cancellationToken.ThrowIfCancellationRequested();
            files.Add(Volume(options, name));
        }
        return new(files);
    }

    private static CheckedFile Sam(KnownFile known, string path)
    {
        CheckedFile Found(FileStatus status, string detail) => new("SAM checkpoint", path, status, detail, known.Url);
        if (!File.Exists(path))
        {
            return Found(FileStatus.Missing, $"is not there; needed is {known.Name}");
        }
        try
        {
            if (known.Sha256 is not { } sha256)
            {
                var summary = CheckpointInspector.Inspect(path);
                return Found(summary.Kind == CheckpointKind.Sam ? FileStatus.Recognised : FileStatus.Different, summary.Description);
            }
            if (CheckpointConverter.SourceSha256Of(path) == sha256)
            {
                // What a file says of itself is no proof of what its tensors are.
                return Found(FileStatus.Recognised, $"was converted, and says that it was made of {known.Name}");
            }
            if (known.Bytes is { } bytes && new FileInfo(path).Length is var length && length != bytes)
            {
                return Found(FileStatus.Different, string.Create(CultureInfo.InvariantCulture, $"has {length:N0} bytes; {known.Name} has {bytes:N0}"));
            }
            var found = SamCheckpoint.Sha256Of(path);
            return found == sha256
                ? Found(FileStatus.Verified, $"is {known.Name} by length and SHA-256")
                : Found(FileStatus.Different, $"has SHA-256 {found}; {known.Name} has {sha256}: download it again");
        }
        catch (CheckpointFormatException fault)
        {
            return Found(FileStatus.Different, fault.Message);
        }
    }

    private static CheckedFile Lora(ReproductionRecipe recipe, string path)
    {
        CheckedFile Found(FileStatus status, string detail) => new("LoRA file", path, status, detail, recipe.Lora.Url);
        if (!File.Exists(path))
        {
            return Found(FileStatus.Missing, $"is not there; needed is {recipe.Lora.Name} of {recipe.Published.Name}");
        }
        try
        {
            var info = TensorFile.Identify(path);
            var summary = CheckpointInspector.Inspect(info);
            var wanted = recipe.Placement == LoraPlacement.EncoderDecoder ? CheckpointKind.SamedSLora : CheckpointKind.SamedLora;
            var elements = info.Tensors.Sum(tensor => tensor.Count);
            var fits = summary.Kind == wanted && (summary.EmbedDim, summary.Depth) == (recipe.Architecture.EmbedDim, recipe.Architecture.Depth)
                && (summary.Rank, summary.Classes) == (recipe.Rank, recipe.Classes) && (info.Tensors.Count, elements) == (recipe.LoraTensors, recipe.LoraElements);
            var content = string.Create(CultureInfo.InvariantCulture, $"{summary.Description}, {info.Tensors.Count} tensors with {elements:N0} numbers");
            if (LoraCheckpoint.ReadMetadata(path) is { } own)
            {
                return Found(FileStatus.Different, $"{content}; carries the record of {own.Writer ?? "SAMed.MLNet"}, so it is not the file of the authors of {recipe.Published.Name}, which carries none");
            }
            return fits
                ? Found(FileStatus.Recognised, $"{content}, as {recipe.Published.Name} has; its authors publish no checksum")
                : Found(FileStatus.Different, string.Create(CultureInfo.InvariantCulture, $"{content}; {recipe.Published.Name} has {CheckpointSummary.Name(wanted)} of rank {recipe.Rank} for {recipe.Classes} classes and ") +
                    string.Create(CultureInfo.InvariantCulture, $"{recipe.Architecture.EmbedDim} channels in {recipe.Architecture.Depth} blocks, {recipe.LoraTensors} tensors with {recipe.LoraElements:N0} numbers"));
        }
        catch (CheckpointFormatException fault)
        {
            return Found(FileStatus.Different, fault.Message);
        }
    }

    private static CheckedFile Volume(ReproductionOptions options, string name)
    {
        CheckedFile Found(string path, FileStatus status, string detail) => new($"test volume {name}", path, status, detail, options.Recipe.Data.Url);
        if (TestVolumes.VolumeNamed(options.Data, name) is not { ImagePath: var path })
        {
            return Found(Path.Combine(options.Data, name + ".npy.h5"), FileStatus.Missing, $"is not there nor in {TestVolumes.FolderName}/");
        }
        try
        {
            var (image, labels) = (VolumeFile.IdentifyImage(path).Geometry, VolumeFile.IdentifyLabels(path).Geometry);
            return (image.Depth, image.Height, image.Width) == (labels.Depth, labels.Height, labels.Width)
                ? Found(path, FileStatus.Recognised, string.Create(CultureInfo.InvariantCulture, $"{image.Depth} slices of {image.Height}×{image.Width} with labels"))
                : Found(path, FileStatus.Different, $"image and labels differ in size: {image} and {labels}");
        }
        catch (VolumeFormatException fault)
        {
            return Found(path, FileStatus.Different, fault.Message);
        }
    }
}
