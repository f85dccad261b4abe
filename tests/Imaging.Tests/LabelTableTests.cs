namespace SAMed.MLNet.Imaging.Tests;

public sealed class LabelTableTests
{
    private static readonly string[] Organs = ["spleen", "right kidney", "left kidney", "gallbladder", "liver", "stomach", "aorta", "pancreas"];

    [TestCase("synapse", new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8 }, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8 })]
    [TestCase("btcv", new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 }, new[] { 0, 1, 2, 3, 4, 0, 5, 6, 7, 0, 0, 8, 0, 0 })]
    [TestCase("TotalSegmentator", new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 51, 52, 117 }, new[] { 0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 7, 0 })]
    [TestCase("amos", new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15 }, new[] { 0, 1, 2, 3, 4, 0, 5, 6, 7, 0, 8, 0, 0 })]
    public void Built_in_tables_map_to_SAMeds_organs(string name, int[] fileIds, int[] classIds)
    {
        var table = LabelTable.Load(name);
        Assert.That(table.Classes.Select(organ => organ.Name), Is.EqualTo(Organs));
        Assert.That(table.ClassCount, Is.EqualTo(8));
        Assert.That(table.Map(Labels(fileIds), "x.nii").Voxels, Is.EqualTo(classIds.Select(id => (ushort)id)));
    }

    [Test]
    public void An_unknown_id_names_file_ids_counts_table_and_what_to_do()
    {
        var fault = Assert.Throws<LabelTableException>(() => LabelTable.Synapse.Map(Labels([0, 1, 9, 11, 11, 13]), "case1.nii.gz"));
        Assert.That(fault!.UnknownIds, Is.EqualTo(new Dictionary<int, int> { [9] = 1, [11] = 2, [13] = 1 }));
        Assert.That(fault.Message, Does.Contain("case1.nii.gz").And.Contain("11 (2 voxels)").And.Contain("'synapse'").And.Contain("0..8").And.Contain("btcv"));
    }

    [Test]
    public void An_id_that_no_table_knows_says_so() =>
        Assert.That(() => LabelTable.TotalSegmentator.Map(Labels([0, 65535]), "x"), Throws.TypeOf<LabelTableException>().With.Message.Contains("No built-in table"));

    [Test]
    public void Tables_survive_their_JSON_form()
    {
        using var folder = new TempFolder();
        foreach (var table in LabelTable.BuiltIn)
        {
            File.WriteAllText(folder.File("table.json"), table.ToJson());
            var read = LabelTable.Load(folder.File("table.json"));
            Assert.That(read.Name, Is.EqualTo(table.Name));
            Assert.That(read.Classes, Is.EqualTo(table.Classes));
            Assert.That(read.FileIds, Is.EquivalentTo(table.FileIds));
        }
    }

    [Test]
    public void An_own_table_merges_ids_and_ignores_others()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("t.json"), """{"name":"mine","classes":[{"id":1,"name":"kidneys","from":[2,3]},{"id":2,"name":"tumour"}],"background":"others"}""");
        Assert.That(() => LabelTable.Load(folder.File("t.json")), Throws.TypeOf<LabelTableException>().With.Message.Contains("2 again"));
        File.WriteAllText(folder.File("t.json"), """{"name":"mine","classes":[{"id":1,"name":"kidneys","from":[2,3]},{"id":2,"name":"tumour","from":[7]}],"background":"others"}""");
        var table = LabelTable.Load(folder.File("t.json"));
        Assert.That(table.Map(Labels([0, 1, 2, 3, 7, 99]), "x").Voxels, Is.EqualTo(new ushort[] { 0, 0, 1, 1, 2, 0 }));
        Assert.That(table.ToJson(), Does.Contain("\"others\""));
    }

    [TestCase("""{"name":"CT","labels":{"background":0,"liver":2,"tumour":5}}""", "2:liver 5:tumour")]
    [TestCase("""{"labels":{"0":"background","2":"tumour","1":"liver"},"modality":{"0":"CT"}}""", "1:liver 2:tumour")]
    [TestCase("""{"labels":{"background":0,"x":1},"samed":{"version":1,"name":"y","classes":[{"id":1,"name":"z","from":[3]}],"window":null}}""", "3:z")]
    public void A_dataset_file_holds_a_table(string json, string expected)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("dataset.json"), json);
        var table = LabelTable.Load(folder.File("dataset.json"));
        Assert.That(string.Join(' ', table.FileIds.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}:{table.Classes[pair.Value - 1].Name}")), Is.EqualTo(expected));
    }

    [TestCase("""{"labels":{"background":0,"whole":[1,2],"core":2}}""", "labels.whole")]
    [TestCase("""{"labels":{"background":0,"a":1,"ignore":2}}""", "labels.ignore")]
    [TestCase("""{"labels":{"background":0,"a":1,"b":1}}""", "labels.b")]
    [TestCase("""{"labels":{"background":0}}""", "labels: classes")]
    [TestCase("""{"samed":{"name":"x","classes":[{"id":1,"name":"a","from":[0]}]}}""", "samed.classes[0].from[0]")]
    [TestCase("""{"samed":5}""", "samed")]
    [TestCase("[]", "table")]
    [TestCase("{", "JSON")]
    [TestCase("""{"classes":[{"id":1,"name":"a"}]}""", "name")]
    [TestCase("""{"name":"x","classes":[]}""", "classes")]
    [TestCase("""{"name":"x","classes":[{"id":2,"name":"a"}]}""", "classes[0].id")]
    [TestCase("""{"name":"x","classes":[{"id":1}]}""", "classes[0].name")]
    [TestCase("""{"name":"x","classes":[{"id":1,"name":"a","from":5}]}""", "classes[0].from")]
    [TestCase("""{"name":"x","classes":[{"id":1,"name":"a","from":[70000]}]}""", "classes[0].from[0]")]
    [TestCase("""{"name":"x","classes":[{"id":1,"name":"a"}],"background":"rest"}""", "background")]
    [TestCase("""{"name":"x","classes":[{"id":1,"name":"a"}],"backgruond":[2]}""", "backgruond")]
    public void A_malformed_table_names_file_and_field(string json, string field)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("t.json"), json);
        Assert.That(() => LabelTable.Load(folder.File("t.json")), Throws.TypeOf<LabelTableException>()
            .With.Property(nameof(LabelTableException.Field)).EqualTo(field).And.Message.Contains("t.json"));
    }

    [Test]
    public void A_name_that_is_neither_table_nor_file_lists_the_tables() =>
        Assert.That(() => LabelTable.Load("sinapse"), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("synapse, btcv, totalsegmentator, amos"));

    [Test]
    public void A_table_made_in_code_is_checked_as_one_from_a_file()
    {
        var table = LabelTable.Create("mine", [("kidneys", [2, 3]), ("tumour", [7])], [1]);
        Assert.That(table.Map(Labels([0, 1, 2, 3, 7]), "x").Voxels, Is.EqualTo(new ushort[] { 0, 0, 1, 1, 2 }));
        Assert.That(LabelTable.Parse(table.ToJson(), "x").ToJson(), Is.EqualTo(table.ToJson()));
        Assert.That(() => LabelTable.Create("mine", [("a", [1]), ("b", [1])]), Throws.TypeOf<LabelTableException>().With.Message.Contains("1 again"));
        Assert.That(() => LabelTable.Create("mine", [("a", [0])]), Throws.TypeOf<LabelTableException>());
        Assert.That(() => LabelTable.Create("mine", [(" ", [1])]), Throws.TypeOf<LabelTableException>().With.Message.Contains("classes[0].name"));
        Assert.That(() => LabelTable.Create("mine", []), Throws.TypeOf<LabelTableException>());
    }

    private static LabelVolume Labels(int[] ids) => new(Geometry.Unplaced(1, 1, ids.Length), [.. ids.Select(id => (ushort)id)]);
}
