using SAMed.MLNet.Cli.Hosting;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Cli.Prediction;

/// <summary>One volume to segment and where its labels go.</summary>
internal sealed record PredictionFile(string Case, string Input, string Output);

/// <summary>Pairs inputs with outputs: a file with a file or a folder, a folder with a folder.</summary>
internal static class PredictionFiles
{
    /// <summary>The work of one <c>predict</c>; <paramref name="note"/> is told which files of a folder are left out.</summary>
    /// <exception cref="CommandFailedException">There is no such input, or nothing in it.</exception>
    /// <exception cref="UsageException">A folder of volumes cannot go into one file, and labels not over their image.</exception>
    public static IReadOnlyList<PredictionFile> Resolve(string input, string output, Action<string> note)
    {
        var files = Pair(input, output, note);
        var inputs = files.Select(file => FilePath.Resolve(file.Input)).ToHashSet(FilePath.Comparer);
        return files.FirstOrDefault(file => inputs.Contains(FilePath.Resolve(file.Output))) is { } clash
            ? throw new UsageException($"--output {output} would write the labels of {clash.Case} over the image {clash.Output}. Give another file or folder.")
            : files;
    }

    /// <summary>Whether <paramref name="output"/> means a folder for label maps, not one of them.</summary>
    public static bool IsFolder(string output) => !VolumeFile.IsVolumeFile(output) || Directory.Exists(output);

    /// <summary>Whether <paramref name="input"/> is still there and may be read: a fault while working on it is its own then, or that of what was written.</summary>
    public static bool CanRead(string input)
    {
        try
        {
            using var handle = File.OpenHandle(input);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static PredictionFile[] Pair(string input, string output, Action<string> note)
    {
        var toFile = !IsFolder(output);
        if (toFile && VolumeFile.IsPictureFile(output) && !output.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"--output {output}: label maps are written as .png, which keeps every id, not as {Path.GetExtension(output)}.");
        }
        if (File.Exists(input))
        {
            if (!toFile && Path.GetExtension(output).Length > 1 && !Directory.Exists(output))
            {
                throw new UsageException($"--output {output} is no volume file (.nii.gz, .nii, .hdr, .npz, .npy, .h5, .png for a picture) and no existing folder. Give one of them.");
            }
            var name = VolumeFile.CaseName(input);
            return [new(name, input, toFile ? output : InFolder(output, name, input))];
        }
        if (!Directory.Exists(input))
        {
            throw new CommandFailedException($"{input}: there is no such file or folder.");
        }
        if (toFile)
        {
            throw new UsageException($"--input {input} is a folder, so --output must be one too; got the file {output}.");
        }
        var files = PredictionInputs.In(input, note).Select(image => new PredictionFile(image.Name, image.Path, InFolder(output, image.Name, image.Path))).ToArray();
        if (files.Length == 0)
        {
            throw new CommandFailedException($"{input}: holds no volume (.nii, .nii.gz, .hdr, .npz, .npy, .h5) and no picture (.png, .jpg, .bmp).");
        }
        return files.GroupBy(file => file.Output).FirstOrDefault(group => group.Count() > 1) is { } clash
            ? throw new CommandFailedException($"{input}: {string.Join(" and ", clash.Select(file => Path.GetFileName(file.Input)))} would both be written to {clash.Key}. Rename one.")
            : files;
    }

    /// <summary>Masks of pictures are pictures, too.</summary>
    private static string InFolder(string folder, string name, string input) =>
        Path.Combine(folder, name + (VolumeFile.IsPictureFile(input) ? ".png" : ".nii.gz"));
}
