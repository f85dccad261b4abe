using SAMed.MLNet.Estimators.Inference;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Inference;

public class ProbabilityFileTests
{
    [Test]
    [Platform("Linux,MacOsX")]
    public void While_it_is_written_its_folder_shows_nothing_so_that_a_killed_process_leaves_nothing()
    {
        using var folder = new TempFolder();
        using var file = new ProbabilityFile(folder.File("p.npz"), Geometry.Unplaced(2, 3, 4), planes: 2);

        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path), Is.Empty);
    }
}
