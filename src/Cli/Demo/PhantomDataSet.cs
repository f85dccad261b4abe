using System.Globalization;
using SAMed.MLNet.Cli.Output;
using SAMed.MLNet.Imaging;
using SAMed.MLNet.Imaging.Phantoms;

namespace SAMed.MLNet.Cli.Demo;

/// <summary>A folder of phantom patients in the layout that <c>train</c> reads: <c>images/NAME.nii.gz</c> and <c>labels/NAME.nii.gz</c>, labels in Synapse ids 1..8.</summary>
internal sealed record PhantomDataSet
{
    /// <summary>As many patients as the demonstration needs to train on and to hold out.</summary>
    public const int DefaultCases = 36;

    /// <summary>The folder that holds both.</summary>
    public required string Folder { get; init; }

    /// <summary>Folder of the images, HU.</summary>
    public required string ImagesFolder { get; init; }

    /// <summary>Folder of the label maps.</summary>
    public required string LabelsFolder { get; init; }

    /// <summary>Case names in order: phantom_0001, ….</summary>
    public required IReadOnlyList<string> Cases { get; init; }

    /// <summary>The image of a case.</summary>
    public string ImageOf(string name) => Path.Combine(ImagesFolder, name + ".nii.gz");

    /// <summary>The label map of a case.</summary>
    public string LabelsOf(string name) => Path.Combine(LabelsFolder, name + ".nii.gz");

    /// <summary>Writes <paramref name="count"/> patients below <paramref name="folder"/>; existing files of these names are replaced.</summary>
    public static PhantomDataSet Write(string folder, int count, int seed, CliConsole console, CancellationToken cancellation, PhantomOptions? options = null)
    {
        var set = new PhantomDataSet
        {
            Folder = folder,
            ImagesFolder = Path.Combine(folder, "images"),
            LabelsFolder = Path.Combine(folder, "labels"),
            Cases = [.. Enumerable.Range(1, count).Select(number => "phantom_" + number.ToString("0000", CultureInfo.InvariantCulture))],
        };
        console.Progress("Phantoms", count, progress => Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation }, index =>
        {
            var name = set.Cases[index];
            // Far apart, so that neighbouring seeds share no patient.
            var patientSeed = unchecked((seed * 1_000_003) + index);
            var (hu, labels) = AbdomenPhantom.Create(patientSeed, options ?? new PhantomOptions());
            VolumeFile.Write(set.ImageOf(name), hu, ImageStorage.Int16, string.Create(CultureInfo.InvariantCulture, $"SAMed.MLNet phantom, seed {patientSeed}"));
            VolumeFile.Write(set.LabelsOf(name), labels);
            progress.Advance(name);
        }));
        return set;
    }
}
