using SAMed.MLNet.Shared;

namespace SAMed.MLNet.Imaging.Tests;

public sealed class Crc32Tests
{
    [TestCase("", 0u)]
    [TestCase("123456789", 0xCBF43926u)]
    public void The_published_check_values_come_out(string text, uint expected) =>
        Assert.That(Crc32.Of(System.Text.Encoding.ASCII.GetBytes(text)), Is.EqualTo(expected));

    [Test]
    public void Pieces_of_any_length_give_what_the_whole_gives()
    {
        var bytes = new byte[100];
        new Random(3).NextBytes(bytes);
        for (var length = 1; length < bytes.Length; length++)
        {
            var crc = default(Crc32);
            foreach (var piece in bytes.Chunk(length))
            {
                crc.Append(piece);
            }
            Assert.That(crc.Value, Is.EqualTo(Crc32.Of(bytes)), $"pieces of {length}");
        }
    }
}
