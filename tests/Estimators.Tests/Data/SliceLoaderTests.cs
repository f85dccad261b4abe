using SAMed.MLNet.Estimators.Data;
using SAMed.MLNet.Imaging;

namespace SAMed.MLNet.Estimators.Tests.Data;

public class SliceLoaderTests
{
    [Test]
    public void More_classes_than_a_byte_holds_are_refused()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("many.json"),
            $$"""{ "name": "many", "classes": [ {{string.Join(", ", Enumerable.Range(1, 256).Select(id => $$"""{ "id": {{id}}, "name": "c{{id}}" }"""))}} ] }""");
        var table = LabelTable.Load(folder.File("many.json"));

        Assert.That(() => new SliceLoader(table, TinyRun.Preprocessing), Throws.ArgumentException.With.Message.Contains("256").And.Message.Contains("255"));
    }
}
