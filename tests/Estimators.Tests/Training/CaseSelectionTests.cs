using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Estimators.Training;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Training;

public class CaseSelectionTests
{
    private RecordingObserver _observer = null!;
    private TempFolder _folder = null!;

    [SetUp]
    public void Create()
    {
        (_folder, _observer) = (new TempFolder().Write(), new RecordingObserver());
        var files = DataFolder.Find(_folder.File("data")).Files;
        new DatasetDescription
        {
            Path = _folder.File("data/dataset.json"),
            Layout = DatasetDescription.ArraysLayout,
            Cases = [.. files.Select(file => new DatasetCase
            {
                Name = file.Name, Patient = file.Name is "case0" or "case1" ? "twin" : file.Name, Slice = file.SliceIndex,
                Image = Path.GetFileName(file.ImagePath), Label = Path.GetFileName(file.LabelPath),
            })],
            Labels = LabelTable.Load(_folder.File("labels.json")),
            Split = new() { Training = ["case0", "case1"], Validation = ["case2"], Test = ["case3"] },
        }.Write();
    }

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void The_split_of_the_description_holds_and_its_test_cases_are_never_read()
    {
        var selection = CaseSelection.Of(_folder.Run("run"), _observer);

        Assert.That(selection.Training, Is.EqualTo(new[] { "case0", "case1" }));
        Assert.That(selection.Validation, Is.EqualTo(new[] { "case2" }));
        Assert.That(selection.Data.Cases, Does.Not.Contain("case3").And.Not.Contain("case4"), "one is for tests, the other in no part");
        Assert.That(_observer.Notes, Has.One.Contains("case3"));
    }

    [Test]
    public void A_share_splits_what_is_left_by_patient()
    {
        for (var seed = 1; seed <= 8; seed++)
        {
            var selection = CaseSelection.Of(_folder.Run("run") with { ValidationFraction = 0.5, Training = TinyRun.Options with { Seed = seed } }, _observer);

            Assert.That(selection.Training.Concat(selection.Validation), Is.EquivalentTo(new[] { "case0", "case1", "case2" }));
            Assert.That(selection.Validation.Contains("case0"), Is.EqualTo(selection.Validation.Contains("case1")), "one patient");
        }
        Assert.That(_observer.Warnings, Is.Empty);
    }

    [Test]
    public void Named_cases_count_before_the_split_and_a_torn_patient_is_told()
    {
        var selection = CaseSelection.Of(_folder.Run("run") with { ValidationCases = ["case1"], ExcludedCases = ["case2"] }, _observer);

        Assert.That(selection.Training, Is.EqualTo(new[] { "case0" }));
        Assert.That(selection.Validation, Is.EqualTo(new[] { "case1" }));
        Assert.That(_observer.Warnings, Has.One.Contains("twin"));
    }

    [Test]
    public void A_test_case_is_not_validated_on() =>
        Assert.That(() => CaseSelection.Of(_folder.Run("run") with { ValidationCases = ["case3"] }, _observer),
            Throws.TypeOf<DataFolderException>().With.Message.Contains("case3").And.Message.Contains("aside for tests"));

    [Test]
    public void A_list_file_chooses_files_and_test_cases_stay_out()
    {
        File.WriteAllLines(_folder.File("list.txt"), ["case0_slice000", "case2_slice001", "case3_slice000"]);

        var selection = CaseSelection.Of(_folder.Run("run") with { ListFile = _folder.File("list.txt") }, _observer);

        Assert.That(selection.Data.Files, Has.Count.EqualTo(2));
        Assert.That(selection.Training, Is.EqualTo(new[] { "case0" }));
        Assert.That(selection.Validation, Is.EqualTo(new[] { "case2" }));
    }

    [Test]
    public void Without_a_description_a_fifth_is_set_aside()
    {
        File.Delete(_folder.File("data/dataset.json"));

        var selection = CaseSelection.Of(_folder.Run("run"), _observer);

        Assert.That((selection.Training.Count, selection.Validation.Count), Is.EqualTo((TinyData.Cases - 1, 1)));
        Assert.That(_observer.Notes, Is.Empty);
    }
}
